import { type Html, html, page } from "./html.ts";

interface Choice {
  login: string;
  id: number;
  name: string | null;
  selected: boolean;
}

/** The page that asks a visitor who they are and whether the app may act for them. */
export function authorizePage(app: { name: string }, choices: Choice[], hidden: Record<string, string>): string {
  const fields = Object.entries(hidden).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  const body = html`
<p><strong>${app.name}</strong> would like permission to act on your behalf, and to know which resources you can access.</p>
<form method="post" action="/login/oauth/authorize">
${fields}
<fieldset class="box" aria-label="Who are you?">${choices.map(choice)}</fieldset>
<div class="row">
<button class="main" name="action" value="authorize">Authorize ${app.name}</button>
<button name="action" value="cancel" formnovalidate>Cancel</button>
</div>
</form>`;
  return page(`Authorize ${app.name}`, body, { narrow: true });
}

function choice({ login, id, name, selected }: Choice): Html {
  const radio = selected
    ? html`<input type="radio" name="login" value="${login}" required checked>`
    : html`<input type="radio" name="login" value="${login}" required>`;
  return html`<label>${radio}<img src="/avatars/${id}.svg" width="32" height="32" alt="">
<span class="grow"><strong>${login}</strong> <span class="soft">${name}</span></span></label>`;
}
