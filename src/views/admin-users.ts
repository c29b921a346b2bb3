import { stateLabels } from "./account-words.ts";
import { adminLayout, pager } from "./admin-layout.ts";
import { handle } from "./avatar.ts";
import { field } from "./field.ts";
import { type Html, html } from "./html.ts";
import { icon } from "./icon.ts";
import type { Viewer } from "./layout.ts";
import type { Notice } from "./notice.ts";
import { time } from "./time.ts";

/** A person, as an admin sees them. */
export type AdminUser = {
  id: string;
  externalId: string | null;
  role: "member" | "admin";
  status: "active" | "deactivated" | "erased";
  createdAt: Date;
  identities: readonly { providerName: string; providerUid: string; login: string }[];
  accounts: readonly { id: string; providerName: string; state: string }[];
};

export type AdminUsersPageProps = {
  viewer: Viewer;
  users: readonly AdminUser[];
  search: string;
  status: AdminUser["status"] | "";
  /** The search found more than a page holds. */
  more: boolean;
  first: string | null;
  next: string | null;
  notice?: Notice | null;
  /** What an admin wrote to let somebody in, and what is wrong with it. */
  letIn?: { number: string; error: string } | null;
};

export const userStatusWords: Record<AdminUser["status"], { label: string; className: string }> = {
  active: { label: "Active", className: "Label-active" },
  deactivated: { label: "Deactivated", className: "Label-revoked" },
  erased: { label: "Erased", className: "Label-revoked" },
};

/** What a user is called: their login, else the platform's id, else their own. */
export function userName({ identities, externalId, id }: AdminUser): string {
  const [first] = identities;
  return first ? handle(first.login) : (externalId ?? id);
}

/** "GitHub: Connected". */
export function accountWords({ providerName, state }: AdminUser["accounts"][number]): string {
  const label = Object.entries(stateLabels).find(([name]) => name === state)?.[1] ?? state;
  return `${providerName}: ${label}`;
}

function row(user: AdminUser, index: number): Html {
  const { id, externalId, role, status, createdAt, identities, accounts } = user;
  const title = `user-${index}`;
  const { label, className } = userStatusWords[status];
  return html`
      <li class="Box-row delegation">
        <div class="account-text delegation-text">
          <h2 class="account-title" id="${title}"><span>${userName(user)}</span> <span class="Label ${className}">${label}</span>${role === "admin" && html` <span class="Label">Admin</span>`}</h2>
          <ul class="facts" role="list">${externalId && html`<li>Platform’s id ${externalId}</li>`}${identities.map(({ providerName, providerUid, login }) => html`<li>${handle(login)} at ${providerName} (${providerUid})</li>`)}<li>Came ${time(createdAt)}</li>${accounts.map((account) => html`<li>${accountWords(account)}</li>`)}</ul>
        </div>
        <div class="account-actions"><a class="btn" href="/admin/users/${encodeURIComponent(id)}" aria-describedby="${title}">Look or change</a></div>
      </li>`;
}

function searchForm({ search, status }: AdminUsersPageProps): Html {
  const options = Object.entries(userStatusWords).map(
    ([value, { label }]) => html`<option value="${value}"${value === status && html` selected`}>${label}</option>`,
  );
  return html`
    <form class="Search" method="get" action="/admin/users" role="search">
      <label for="search">Login or platform’s id</label>
      <input class="form-control" type="search" id="search" name="q" value="${search}" maxlength="700" placeholder="how it begins, or gh.1, ext.ID, id" autocapitalize="none" autocomplete="off" spellcheck="false">
      <label for="status">Status</label>
      <select class="form-control FormControl-select" id="status" name="status"><option value="">All</option>${options}</select>
      <button class="btn" type="submit">Search</button>
    </form>`;
}

function letInForm(letIn: AdminUsersPageProps["letIn"]): Html {
  return html`
    <section aria-labelledby="let-in">
      <h2 class="Section-title" id="let-in">Let somebody in again who was erased</h2>
      <form class="Box Box-body" method="post" action="/admin/users/let-in">
        ${field({
          id: "number",
          label: "Their number at GitHub",
          hint: html`Nothing here says any more who they are. GitHub tells the number: <code>https://api.github.com/users/LOGIN</code>, as <code>id</code>. They come back as somebody new.`,
          error: letIn?.error ?? null,
          control: (attributes) =>
            html`<input class="form-control" type="text" name="number" value="${letIn?.number ?? ""}" required maxlength="30" inputmode="numeric" autocomplete="off"${attributes}>`,
        })}
        <button class="btn" type="submit">Let them in</button>
      </form>
    </section>`;
}

/** Everybody who is known here, with the way to what can be changed about each. */
export function adminUsersPage(props: AdminUsersPageProps): Html {
  const { viewer, users, search, status, more, first, next, notice, letIn } = props;
  const nobody = html`<div class="Box blankslate">${icon("people", 24)}<h2>${search || status ? "Nobody fits" : "Nobody is here yet"}</h2><p>${search || status ? html`The search looks at how logins and platform’s ids begin. <a class="Link" href="/admin/users">Show everybody</a>.` : "Whoever signs in, or is created by a platform, stands here."}</p></div>`;
  return adminLayout({
    viewer,
    notice: notice ?? null,
    current: "users",
    title: letIn ? "Error: Users" : "Users",
    says: "People who are known here. Nobody can act as them from these pages.",
    body: html`${searchForm(props)}
    ${
      users.length > 0
        ? html`<ul class="Box" role="list">${users.map(row)}
    </ul>`
        : nobody
    }
    ${more && html`<p class="note">There are more. Write more of the login or id.</p>`}
    ${pager({ first, next })}
    ${letInForm(letIn)}`,
  });
}
