import { type Html, html } from "./html.ts";
import { listed } from "./listed.ts";

/** What a provider granted, what it was asked for and didn't, and what may be asked for besides, by its own names. */
export type AccountScopes = { granted?: readonly string[]; missing: readonly string[]; more: readonly string[] };

/** What was granted; a provider without scopes, such as a GitHub App, has nothing to name. */
export function grantedWords({ granted = [] }: AccountScopes): Html | null {
  if (granted.length === 0) return null;
  const names = granted.map((scope) => html`<code>${scope}</code>`);
  return html`<p class="note">Granted: ${listed(names)}</p>`;
}

/** What is missing, in an account that is limited by it. */
export function missingWords(providerName: string, { missing }: AccountScopes): Html {
  const names = missing.map((scope) => html`<code>${scope}</code>`);
  return html`<p>You did not grant ${listed(names)} at ${providerName}, so what needs it fails. Ask again, and leave it ticked at ${providerName}.</p>`;
}

/** The form that asks a person's provider for more. */
export function moreScopesForm(
  account: { provider: string; providerName: string },
  { more }: AccountScopes,
  index: number,
): Html | null {
  if (more.length === 0) return null;
  const { provider, providerName } = account;
  return html`
          <details class="more-scopes">
            <summary class="Link">Ask ${providerName} for more</summary>
            <form method="post" action="/connect/${encodeURIComponent(provider)}">
              <fieldset>
                <legend>What else bots may be able to do as you</legend>
                <p class="note">${providerName} asks you before it grants this, and each bot needs your permission besides.</p>
                ${more.map((scope, position) => html`<p class="more-scope"><input type="checkbox" id="scope-${index}-${position}" name="scope" value="${scope}"> <label for="scope-${index}-${position}"><code>${scope}</code></label></p>`)}
              </fieldset>
              <button class="btn" type="submit">Ask for what is ticked</button>
            </form>
          </details>`;
}
