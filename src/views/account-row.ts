import { type AccountOffer, offeredBots } from "./account-offers.ts";
import { type AccountScopes, grantedWords, missingWords, moreScopesForm } from "./account-scopes.ts";
import {
  type AccountState,
  disconnectWords,
  endedWords,
  revocationWords,
  singleSignOnWords,
  stateLabels,
  stateWords,
  type WantedSignOn,
} from "./account-words.ts";
import { avatar, handle } from "./avatar.ts";
import { type Html, html } from "./html.ts";
import { providerIcon } from "./icon.ts";
import type { Capability } from "./scope-words.ts";
import { time } from "./time.ts";

/** One provider, with what the person connected there, if anything. */
export type AccountRow = {
  provider: string;
  /** An octicon's name. */
  providerIcon?: string | undefined;
  providerName: string;
  state: AccountState;
  login?: string | null;
  name?: string | null;
  avatarUrl?: string | null;
  connectedAt?: Date | null;
  lastUsedAt?: Date | null;
  accessExpiresAt?: Date | null;
  /** What became of revoking at the provider, when that isn't finished or can't be confirmed. */
  revocation?: "pending" | "unconfirmed" | null;
  /** The provider's own page where a person sees and ends what they authorised. */
  settingsUrl?: string | null;
  revocationReason?: string | null;
  /** Whether onbehalf can end the access at the provider; else only the person can. */
  endsThere?: boolean;
  /** What they should know before they disconnect. */
  disconnectWarning?: string | null;
  singleSignOn?: readonly WantedSignOn[];
  scopes?: AccountScopes;
  /** What the person accepts by connecting, unless they refuse it. */
  offers?: readonly AccountOffer[];
  /** Bots that have a permission already, and can act again when this is connected. */
  permitted?: readonly string[];
};

function times({ state, connectedAt, lastUsedAt, accessExpiresAt }: AccountRow): Html {
  const live = state === "active" || state === "limited";
  const facts = [
    connectedAt && html`Connected ${time(connectedAt)}`,
    lastUsedAt ? html`Last used ${time(lastUsedAt)}` : live && html`Not used yet`,
    live && accessExpiresAt && html`Token valid until ${time(accessExpiresAt)}`,
  ].filter((fact) => fact instanceof Object);
  return html`${facts.length > 0 && html`<ul class="facts" role="list">${facts.map((fact) => html`<li>${fact}</li>`)}</ul>`}`;
}

function connectForm(account: AccountRow, index: number, capabilities: readonly Capability[]): Html {
  const { provider, providerName, state, offers = [], permitted = [] } = account;
  const primary = state === "not_connected" || state === "revoked";
  const words =
    state === "limited"
      ? `Ask ${providerName} again`
      : `${state === "not_connected" ? "Connect" : "Reconnect"} ${providerName}`;
  return html`
        <form method="post" action="/connect/${encodeURIComponent(provider)}">
          ${primary && offeredBots({ providerName, offers, permitted, index }, capabilities)}
          <button class="btn${primary && " btn-primary"}" type="submit">${words}</button>
        </form>`;
}

function disconnectForm({ provider, providerName }: AccountRow, described: string): Html {
  return html`
        <form method="post" action="/accounts/${encodeURIComponent(provider)}/disconnect">
          <button class="btn btn-danger" type="submit" aria-describedby="${described}">Disconnect<span class="sr-only"> ${providerName}</span></button>
        </form>`;
}

/** One row of the connected accounts. */
export function accountRow(
  account: AccountRow,
  index: number,
  options: { connectable: boolean; capabilities: readonly Capability[] },
): Html {
  const { connectable, capabilities } = options;
  const { providerName, state, login, name, scopes, offers = [], permitted = [] } = account;
  const connected = state !== "not_connected" && state !== "revoked";
  // What the person ended is as they want it: nothing to see to.
  const byThemselves = state === "revoked" && account.revocationReason === "user_revoked";
  const id = `disconnect-${index}`;
  const wide = !connected && connectable && offers.length + permitted.length > 0;
  return html`
      <li class="Box-row account">
        <div class="account-picture">${login ? avatar(account.avatarUrl, 40) : html`<span class="avatar avatar-40 avatar-none">${providerIcon(account.providerIcon, 24)}</span>`}</div>
        <div class="account-text">
          <h2 class="account-title"><span>${providerName}${login && ` · ${handle(login)}`}</span> <span class="Label${!byThemselves && ` Label-${state}`}">${stateLabels[state]}</span></h2>
          ${name && html`<p class="note">${name}</p>`}
          ${times(account)}
          ${connected && scopes && grantedWords(scopes)}
          ${state === "limited" && scopes && scopes.missing.length > 0 ? missingWords(providerName, scopes) : stateWords(account)}${singleSignOnWords(account)}${endedWords(account)}${revocationWords(account)}
          ${connected && html`<p class="note" id="${id}">${disconnectWords(account)}</p>`}
          ${connected && connectable && scopes && moreScopesForm(account, scopes, index)}
        </div>
        <div class="account-actions${wide && " account-wide"}">${connectable && connectForm(account, index, capabilities)}${connected && disconnectForm(account, id)}
        </div>
      </li>`;
}
