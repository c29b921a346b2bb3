import { type Capability, type Delegation, delegationRow } from "./delegation.ts";
import { type Html, html } from "./html.ts";
import { icon } from "./icon.ts";
import { layout, type Viewer } from "./layout.ts";
import { type Notice, noticeBanner } from "./notice.ts";
import { type PermissionFormProps, permissionForm } from "./permission-form.ts";

export type PermissionsPageProps = PermissionFormProps & {
  viewer: Viewer;
  delegations: readonly Delegation[];
  notice?: Notice | null;
};

function inForce(delegations: readonly Delegation[], capabilities: readonly Capability[]): Html {
  if (delegations.length === 0) {
    return html`<div class="Box blankslate">${icon("shield-lock", 24)}<h3>No bot may act as you</h3><p>Nothing is done in your name until you permit it.</p></div>`;
  }
  const rows = delegations.map((delegation, index) => delegationRow(delegation, capabilities, index));
  return html`<ul class="Box" role="list">${rows}
      </ul>`;
}

const noBots = html`<div class="Box blankslate">${icon("hubot", 24)}<h3>There are no bots yet</h3><p>An operator creates one with: <code>onbehalf bots create NAME</code></p></div>`;

/** Which bots may act as the person, in plain words, and the form that permits another. */
export function permissionsPage({ viewer, delegations, notice, ...form }: PermissionsPageProps): Html {
  return layout({
    title: form.form?.error ? "Error: Permissions" : "Permissions",
    viewer,
    current: "permissions",
    body: html`
    ${noticeBanner(notice)}
    <div class="Subhead">
      <h1>Permissions</h1>
      <p>Which bots may act as you. What they do carries your name; a permission stops working the moment you end it.</p>
    </div>
    <section aria-labelledby="in-force">
      <h2 class="Section-title" id="in-force">In force</h2>
      ${inForce(delegations, form.capabilities)}
    </section>
    <section aria-labelledby="permit">
      <h2 class="Section-title" id="permit">Let a bot act as you</h2>
      ${form.bots.length > 0 ? permissionForm(form) : noBots}
    </section>`,
  });
}
