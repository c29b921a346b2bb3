import { type Html, html, page } from "../pages/html.ts";
import type { OpenidPerson } from "./people.ts";

interface Asking {
  title: string;
  client: string;
  action: string;
  people: { person: OpenidPerson; selected: boolean }[];
  /** Those that can't be refused. */
  always: string[];
  /** Each with a checkbox. */
  scopes: string[];
}

/** Asks a visitor who they are and what the application may do. */
export function consentPage({ title, client, action, people, always, scopes }: Asking): string {
  const body = html`
<p><strong>${client}</strong> wants to use your account.</p>
<form method="post" action="${action}">
<fieldset class="box" aria-label="Who are you?">${people.map(choice)}</fieldset>
<fieldset class="box" aria-label="What may it do?">
<p class="soft">It will know who you are (${always.join(", ")}).</p>
${scopes.map((scope) => html`<label><input type="checkbox" name="scope:${scope}" value="on" checked><code>${scope}</code></label>`)}
</fieldset>
<div class="row">
<button class="main" name="action" value="allow">Allow</button>
<button name="action" value="cancel" formnovalidate>Cancel</button>
</div>
</form>`;
  return page(`Sign in with ${title}`, body, { narrow: true, brand: title });
}

function choice({ person: { sub, name, email }, selected }: { person: OpenidPerson; selected: boolean }): Html {
  const radio = selected
    ? html`<input type="radio" name="sub" value="${sub}" required checked>`
    : html`<input type="radio" name="sub" value="${sub}" required>`;
  return html`<label>${radio}<span class="grow"><strong>${name}</strong> <span class="soft">${email}</span></span></label>`;
}

/** As Google shows what it can't ask for. */
export function errorPage(title: string, error: string, description: string): string {
  return page(`Error 400: ${error}`, html`<p>${description}</p>`, { narrow: true, brand: title });
}
