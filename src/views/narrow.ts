import { type Delegation, delegationSentence } from "./delegation.ts";
import { field } from "./field.ts";
import { type Html, html } from "./html.ts";
import { layout, type Viewer } from "./layout.ts";
import type { PermissionForm } from "./permission-form.ts";
import { scopeFields } from "./scope-fields.ts";
import type { Capability } from "./scope-words.ts";

export type NarrowPageProps = {
  viewer: Viewer;
  delegation: Delegation;
  /** Those that it has. */
  capabilities: readonly Capability[];
  form: PermissionForm;
};

/** Where a person lets a bot do less than before. */
export function narrowPage({ viewer, delegation, capabilities, form }: NarrowPageProps): Html {
  const about = (name: PermissionForm["field"]) => (form.field === name ? form.error : undefined);
  const general = form.error && (form.field === undefined || form.field === "bot") ? form.error : undefined;
  return layout({
    title: form.error ? "Error: Narrow a permission" : "Narrow a permission",
    viewer,
    current: "permissions",
    body: html`
    <div class="Subhead">
      <h1>Narrow a permission</h1>
      <p>Now ${delegationSentence(delegation, capabilities)}</p>
    </div>
    <form class="Box Box-body" method="post" action="/permissions/${encodeURIComponent(delegation.id)}/narrow">
        ${general && html`<div role="alert"><p class="FormControl-error">${general}</p></div>`}
        ${scopeFields({
          capabilities,
          repositories: form.repositories,
          branches: form.branches,
          places: delegation.elsewhere ? "none" : "needed",
          chosen: form.capabilities ?? [],
          about,
        })}
        ${field({
          id: "until",
          label: "Until",
          optional: delegation.until === null,
          hint: html`The day (UTC) on which it ends.${delegation.until === null && " Leave it empty, and it lasts until you end it."}`,
          error: about("until"),
          control: (attributes) =>
            html`<input class="form-control" type="date" name="until" value="${form.until}"${attributes}>`,
        })}
        <p class="note">It takes the place of the one before at once. Passes that were made with that one end.</p>
        <div class="Actions"><button class="btn btn-primary" type="submit">Narrow it</button><a class="btn" href="/permissions">Cancel</a></div>
    </form>`,
  });
}
