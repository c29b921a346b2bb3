import { type AccountState, stateLabels } from "./account-words.ts";
import { adminLayout, pager } from "./admin-layout.ts";
import { avatar, handle } from "./avatar.ts";
import { type Html, html } from "./html.ts";
import type { Viewer } from "./layout.ts";
import type { Notice } from "./notice.ts";
import { time } from "./time.ts";

/** Somebody's account, as an admin sees it. */
export type AdminAccount = {
  id: string;
  providerName: string;
  state: AccountState;
  login: string;
  name?: string | null;
  avatarUrl?: string | null;
  externalId?: string | null;
  connectedAt: Date;
  lastUsedAt: Date | null;
};

export type AdminAccountsPageProps = {
  viewer: Viewer;
  accounts: readonly AdminAccount[];
  /** What was searched for; empty: everybody. */
  search: string;
  filter: {
    provider: string;
    state: string;
    providers: readonly { id: string; name: string }[];
    states: readonly AccountState[];
  };
  first: string | null;
  next: string | null;
  notice?: Notice | null;
};

function row(account: AdminAccount, index: number): Html {
  const { id, providerName, state, login, name, externalId, connectedAt, lastUsedAt } = account;
  const title = `account-${index}`;
  return html`
      <li class="Box-row account">
        <div class="account-picture">${avatar(account.avatarUrl, 40)}</div>
        <div class="account-text">
          <h2 class="account-title" id="${title}"><span>${handle(login)} · ${providerName}</span> <span class="Label Label-${state}">${stateLabels[state]}</span></h2>
          ${name && html`<p class="note">${name}</p>`}
          <ul class="facts" role="list">${externalId && html`<li>Platform's id ${externalId}</li>`}<li>Connected ${time(connectedAt)}</li><li>${lastUsedAt ? html`Last used ${time(lastUsedAt)}` : "Not used yet"}</li></ul>
        </div>
        <div class="account-actions">
          <form method="post" action="/admin/accounts/${encodeURIComponent(id)}/revoke"><button class="btn btn-danger" type="submit" aria-describedby="${title}">Revoke</button></form>
        </div>
      </li>`;
}

function nobody({ search, filter }: AdminAccountsPageProps): Html {
  return search || filter.provider || filter.state
    ? html`<div class="Box blankslate"><h2>Nobody is connected like that</h2><p>The search looks at how logins begin. <a class="Link" href="/admin/accounts">Show everybody</a>.</p></div>`
    : html`<div class="Box blankslate"><h2>Nobody is connected</h2><p>Whoever connects an account stands here.</p></div>`;
}

function choice(
  id: string,
  label: string,
  all: string,
  chosen: string,
  options: readonly (readonly [value: string, words: string])[],
): Html {
  return html`<label for="${id}">${label}</label>
      <select class="form-control FormControl-select" id="${id}" name="${id}"><option value="">${all}</option>${options.map(([value, words]) => html`<option value="${value}"${value === chosen && html` selected`}>${words}</option>`)}</select>`;
}

/** Everybody's accounts, with the way to end each. Acting as somebody is nothing that an admin can do. */
export function adminAccountsPage(props: AdminAccountsPageProps): Html {
  const { viewer, accounts, search, filter, first, next, notice } = props;
  return adminLayout({
    viewer,
    notice: notice ?? null,
    current: "accounts",
    title: "All connected accounts",
    says: "Revoking ends an account here at once, and the authorisation at the provider. The person can connect again.",
    body: html`
    <form class="Search" method="get" action="/admin/accounts" role="search">
      <label for="search">Login begins with</label>
      <input class="form-control" type="search" id="search" name="q" value="${search}" maxlength="100" autocapitalize="none" autocomplete="off" spellcheck="false">
      ${choice(
        "provider",
        "Provider",
        "All",
        filter.provider,
        filter.providers.map(({ id, name }) => [id, name]),
      )}
      ${choice(
        "state",
        "State",
        "Any",
        filter.state,
        filter.states.map((state) => [state, stateLabels[state]]),
      )}
      <button class="btn" type="submit">Search</button>
    </form>
    ${
      accounts.length > 0
        ? html`<ul class="Box" role="list">${accounts.map(row)}
    </ul>`
        : nobody(props)
    }
    ${pager({ first, next })}`,
  });
}
