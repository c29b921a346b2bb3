import { field } from "./field.ts";
import { type Html, html } from "./html.ts";
import { radioGroup } from "./radio-group.ts";

/** What an admin entered, and what is wrong with it. */
export type AdminBotCreateForm = { name: string; kind: string; error: string };

const kinds = [
  {
    value: "bot",
    label: "Bot",
    note: html`Acts for people, each of whom permits what. Without permissions it can do nothing.`,
  },
  {
    value: "platform",
    label: "Platform",
    note: html`Creates and deactivates users and sends them connect links. Never acts.`,
  },
];

/** The form that creates a bot. */
export function adminBotCreate(form: AdminBotCreateForm | null): Html {
  return html`
    <section aria-labelledby="create">
      <h2 class="Section-title" id="create">Create</h2>
      <form class="Box Box-body" method="post" action="/admin/bots">
        ${field({
          id: "name",
          label: "Name",
          hint: html`1 to 63 of <code>A-Z a-z 0-9 . _ -</code>. People see it where they permit something.`,
          error: form?.error ?? null,
          control: (attributes) =>
            html`<input class="form-control input-block" type="text" name="name" value="${form?.name ?? ""}" required maxlength="63" autocapitalize="none" autocomplete="off" spellcheck="false"${attributes}>`,
        })}
        ${radioGroup({ name: "kind", legend: "Kind", options: kinds, chosen: form?.kind ?? "bot" })}
        <button class="btn btn-primary" type="submit">Create and show the key</button>
      </form>
    </section>`;
}
