import type { Capability } from "./delegation.ts";
import { describedBy, errorText, field } from "./field.ts";
import { type Html, html } from "./html.ts";

export type Bot = { id: string; name: string };

/** What was entered, and what is wrong with it, when a form comes back. */
export type PermissionForm = {
  botId?: string;
  repositories?: string;
  capabilities?: readonly string[];
  branches?: string;
  until?: string;
  error?: string;
  /** The field that the error is about. Without one it stands above the form's fields. */
  field?: "bot" | "repositories" | "capability" | "branches" | "until";
};

export type PermissionFormProps = {
  bots: readonly Bot[];
  capabilities: readonly Capability[];
  form?: PermissionForm | null;
};

function capabilityList(
  capabilities: readonly Capability[],
  chosen: readonly string[],
  error: string | undefined,
): Html {
  const boxes = capabilities.map(
    ({ id, words }, index) => html`
            <li><input type="checkbox" id="capability-${index}" name="capability" value="${id}"${chosen.includes(id) && html` checked`}><label for="capability-${index}">${words} as you</label></li>`,
  );
  return html`
        <fieldset class="FormControl${error && " FormControl-invalid"}"${describedBy("capability", false, Boolean(error))}>
          <legend>What it may do</legend>
          <ul class="checkboxes" role="list">${boxes}
          </ul>
          ${errorText("capability-error", error)}
        </fieldset>`;
}

/** The form that lets a bot act as the person. */
export function permissionForm({ bots, capabilities, form }: PermissionFormProps): Html {
  const about = (name: PermissionForm["field"]) => (form?.field === name ? form?.error : undefined);
  const general = about(undefined);
  // A single capability is ticked beforehand, but shown: a person must see what they permit.
  const only = capabilities.length === 1 ? capabilities.map(({ id }) => id) : [];
  return html`
      <form class="Box Box-body" method="post" action="/permissions"${general && html` aria-describedby="permission-error"`}>
        ${general && html`<div role="alert">${errorText("permission-error", general)}</div>`}
        ${field({
          id: "bot",
          label: "Bot",
          error: about("bot"),
          control: (
            attributes,
          ) => html`<select class="form-control FormControl-select" name="bot" required${attributes}>
            <option value="">Choose a bot</option>${bots.map(
              ({ id, name }) => html`
            <option value="${id}"${id === form?.botId && html` selected`}>${name}</option>`,
            )}
          </select>`,
        })}
        ${field({
          id: "repositories",
          label: "Repositories",
          hint: html`One on each line: <code>owner/name</code>, <code>owner/*</code> for all of an owner, or <code>*</code> for every one that you can reach.`,
          error: about("repositories"),
          control: (attributes) =>
            html`<textarea class="form-control input-block input-monospace" name="repositories" rows="3" required spellcheck="false" autocapitalize="off"${attributes}>${"\n"}${form?.repositories}</textarea>`,
        })}
        ${capabilityList(capabilities, form?.capabilities ?? only, about("capability"))}
        ${field({
          id: "branches",
          label: "Branches",
          optional: true,
          hint: html`One on each line, such as <code>main</code> or <code>release/*</code>. Leave it empty for any branch.`,
          error: about("branches"),
          control: (attributes) =>
            html`<textarea class="form-control input-block input-monospace" name="branches" rows="2" spellcheck="false" autocapitalize="off"${attributes}>${"\n"}${form?.branches}</textarea>`,
        })}
        ${field({
          id: "until",
          label: "Until",
          optional: true,
          hint: html`The day (UTC) on which it ends. Leave it empty, and it lasts until you end it.`,
          error: about("until"),
          control: (attributes) =>
            html`<input class="form-control" type="date" name="until" value="${form?.until}"${attributes}>`,
        })}
        <button class="btn btn-primary" type="submit">Let the bot act as you</button>
      </form>`;
}
