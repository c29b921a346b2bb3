import { errorText, field } from "./field.ts";
import { type Html, html } from "./html.ts";
import { scopeFields } from "./scope-fields.ts";
import type { Capability } from "./scope-words.ts";

export type Bot = { id: string; name: string };
/** With whose account a bot may act: one of GitHub's Apps, or a provider elsewhere. */
export type App = { id: string; name: string; elsewhere?: boolean };

/** What was entered, and what is wrong with it, when a form comes back. */
export type PermissionForm = {
  botId?: string;
  provider?: string;
  repositories?: string;
  capabilities?: readonly string[];
  branches?: string;
  until?: string;
  error?: string;
  /** The field that the error is about. Without one it stands above the form's fields. */
  field?: "bot" | "provider" | "repositories" | "capability" | "branches" | "until";
};

export type PermissionFormProps = {
  bots: readonly Bot[];
  capabilities: readonly Capability[];
  /** Asked for where there are several; one of them can be elsewhere than at GitHub. */
  apps?: readonly App[];
  form?: PermissionForm | null;
};

/**
 * The form that lets a bot act as the person.
 * @param request what an address asked for, which comes back with the form
 */
export function permissionForm({ bots, capabilities, apps = [], form }: PermissionFormProps, request?: string): Html {
  const about = (name: PermissionForm["field"]) => (form?.field === name ? form?.error : undefined);
  const general = about(undefined);
  const elsewhere = apps.some((app) => app.elsewhere);
  const severalPlaces = elsewhere ? "of-github" : "needed";
  const [single] = apps.length === 1 ? apps : [];
  // A single capability is ticked beforehand, but shown: a person must see what they permit.
  const only = capabilities.length === 1 ? capabilities.map(({ id }) => id) : [];
  return html`
      <form class="Box Box-body" method="post" action="/permissions"${general && html` aria-describedby="permission-error"`}>
        ${general && html`<div role="alert">${errorText("permission-error", general)}</div>`}
        ${request && html`<input type="hidden" name="request" value="${request}">`}
        ${single?.elsewhere && html`<input type="hidden" name="provider" value="${single.id}">`}
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
        ${
          apps.length > 1 &&
          field({
            id: "provider",
            label: "With your account at",
            hint: html`A GitHub account reaches what its App is installed on.${elsewhere && " Elsewhere a bot can be let read and change through the API, within what you granted there, and nothing else below."}`,
            error: about("provider"),
            control: (
              attributes,
            ) => html`<select class="form-control FormControl-select" name="provider"${attributes}>${apps.map(
              ({ id, name }) => html`
            <option value="${id}"${id === form?.provider && html` selected`}>${name}</option>`,
            )}
          </select>`,
          })
        }
        ${scopeFields({
          capabilities,
          repositories: form?.repositories,
          branches: form?.branches,
          places: single?.elsewhere ? "none" : severalPlaces,
          chosen: form?.capabilities ?? only,
          about,
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
