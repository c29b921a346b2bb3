import { adminLayout } from "./admin-layout.ts";
import { type AdminUser, accountWords, userName, userStatusWords } from "./admin-users.ts";
import { handle } from "./avatar.ts";
import { type Html, html } from "./html.ts";
import type { Viewer } from "./layout.ts";
import type { Notice } from "./notice.ts";
import { time } from "./time.ts";
import { typedConfirmation } from "./typed-confirmation.ts";

export type AdminUserPageProps = {
  viewer: Viewer;
  user: AdminUser;
  /** It is the admin who looks. */
  own: boolean;
  /** What is written to confirm an erasure. */
  word: string;
  notice?: Notice | null;
  error?: string | null;
};

function facts(user: AdminUser): Html {
  const { id, externalId, role, status, createdAt, identities, accounts } = user;
  const line = (name: string, value: Html | string) =>
    html`<div class="Facts-row"><dt>${name}</dt><dd>${value}</dd></div>`;
  return html`
    <dl class="Box Box-body Facts">
      ${line("Status", html`<span class="Label ${userStatusWords[status].className}">${userStatusWords[status].label}</span>${role === "admin" && " Admin"}`)}
      ${line("Id", html`<code>${id}</code>`)}
      ${externalId && line("Platform’s id", html`<code>${externalId}</code>`)}
      ${identities.map(({ providerName, providerUid, login }) => line(providerName, html`${handle(login)} <span class="note">(${providerUid})</span>`))}
      ${accounts.length > 0 && line("Accounts", html`${accounts.map((account, index) => html`${index > 0 && ", "}${accountWords(account)}`)}`)}
      ${line("Came", time(createdAt))}
    </dl>
    <p class="after-form"><a class="btn" href="/admin/audit?user=${encodeURIComponent(id)}">What was done</a></p>`;
}

function ending({ user, word, error }: AdminUserPageProps): Html {
  const address = `/admin/users/${encodeURIComponent(user.id)}`;
  return html`${
    user.status === "active"
      ? html`
    <section aria-labelledby="deactivate">
      <h2 class="Section-title" id="deactivate">Deactivate</h2>
      <form class="Box Box-body" method="post" action="${address}/deactivate">
        <p>Nobody acts or signs in as them any more, at once. Their accounts are disconnected, and their permissions, passes and browser sessions end. Who they are stays, for the audit log.</p>
        <button class="btn btn-danger" type="submit">Deactivate them</button>
      </form>
    </section>`
      : html`
    <section aria-labelledby="let-in">
      <h2 class="Section-title" id="let-in">Let them in again</h2>
      <form class="Box Box-body" method="post" action="${address}/let-in">
        <p>They can sign in and connect again. What was connected and permitted before does not come back.</p>
        <button class="btn" type="submit">Let them in again</button>
      </form>
    </section>`
  }
    <section aria-labelledby="erase">
      <h2 class="Section-title" id="erase">Erase</h2>
      <p>As a deactivation, and nothing here says any more who they were: a made-up name takes the place of theirs in the audit log. It can’t be undone.</p>
      ${typedConfirmation({ action: `${address}/erase`, word, button: "Erase them", error: error ?? null })}
    </section>`;
}

/** One person, and what ends their access. */
export function adminUserPage(props: AdminUserPageProps): Html {
  const { viewer, user, own, notice, error } = props;
  const name = userName(user);
  return adminLayout({
    viewer,
    notice: notice ?? null,
    current: "users",
    title: error ? `Error: ${name}` : name,
    says: "Who they are here and elsewhere, and what ends their access.",
    body: html`${facts(user)}
    ${own && html`<p>This is you. <a class="Link" href="/erase">Leave and have yourself erased</a>; another admin can deactivate you.</p>`}
    ${!own && user.status !== "erased" && ending(props)}`,
  });
}
