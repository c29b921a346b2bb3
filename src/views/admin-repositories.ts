import { adminLayout, pager } from "./admin-layout.ts";
import { handle } from "./avatar.ts";
import { durationWords } from "./duration-words.ts";
import { type Html, html } from "./html.ts";
import { icon } from "./icon.ts";
import type { Viewer } from "./layout.ts";
import type { Notice } from "./notice.ts";
import { time } from "./time.ts";

/** A mirrored repository, as an admin sees it. */
export type AdminRepository = {
  id: string;
  name: string;
  providerName: string;
  syncedBy: { userId: string; login: string | null; externalId: string | null } | null;
  syncedByEnded: boolean;
  everySeconds: number | null;
  nextSyncAt: Date | null;
  running: boolean;
  last: { result: "started" | "succeeded" | "failed"; code: string | null; at: Date } | null;
};

export type AdminRepositoriesPageProps = {
  viewer: Viewer;
  repositories: readonly AdminRepository[];
  first: string | null;
  next: string | null;
  notice?: Notice | null;
};

/** "as @ada", with the way to their page. */
export function asWhom({ syncedBy, syncedByEnded }: AdminRepository): Html {
  if (!syncedBy) return html`as the app${syncedByEnded && ", since its user was deactivated"}`;
  const { userId, login, externalId } = syncedBy;
  const name = login ? handle(login) : (externalId ?? userId);
  return html`as <a class="Link" href="/admin/users/${encodeURIComponent(userId)}">${name}</a>`;
}

/** How the last run ended. */
export function lastRun({ last, running }: AdminRepository): Html {
  if (running) return html`<span class="Label Label-started">Running</span>`;
  if (!last) return html`<span class="Label">No run yet</span>`;
  const label = { started: "Running", succeeded: "In step", failed: "Failed" }[last.result];
  return html`<span class="Label Label-${last.result}">${label}</span>`;
}

/** When runs take place. */
export function scheduleWords({ everySeconds, nextSyncAt }: AdminRepository): Html {
  const every =
    everySeconds === null ? "On pushes and requests" : `Every ${durationWords(everySeconds)}, and on pushes`;
  return html`<li>${every}</li>${nextSyncAt && html`<li>Next ${time(nextSyncAt)}</li>`}`;
}

function row(repository: AdminRepository, index: number): Html {
  const { id, name, providerName, last } = repository;
  const title = `repository-${index}`;
  return html`
      <li class="Box-row delegation">
        <div class="account-text delegation-text">
          <h2 class="account-title" id="${title}"><span>${name}</span> ${lastRun(repository)}</h2>
          <ul class="facts" role="list"><li>${providerName}, ${asWhom(repository)}</li>${last && html`<li>Last run ${time(last.at)}</li>`}${scheduleWords(repository)}</ul>
          ${last?.code && html`<p class="event-reason">Reason: <code>${last.code}</code></p>`}
        </div>
        <div class="account-actions"><a class="btn" href="/admin/repositories/${encodeURIComponent(id)}" aria-describedby="${title}">Runs and changes</a></div>
      </li>`;
}

/** The repositories of which mirrors are kept. */
export function adminRepositoriesPage(props: AdminRepositoriesPageProps): Html {
  const { viewer, repositories, first, next, notice } = props;
  return adminLayout({
    viewer,
    notice: notice ?? null,
    current: "repositories",
    title: "Repositories",
    says: "Mirrors that are kept here: with whose authorisation, and how the last run ended.",
    body: html`
    ${
      repositories.length > 0
        ? html`<ul class="Box" role="list">${repositories.map(row)}
    </ul>`
        : html`<div class="Box blankslate">${icon("mark-github", 24)}<h2>No repository is mirrored</h2><p>A platform registers one with <code>PUT /api/v1/repositories</code>.</p></div>`
    }
    ${pager({ first, next })}`,
  });
}
