import { adminLayout, pager } from "./admin-layout.ts";
import { handle } from "./avatar.ts";
import { type Html, html } from "./html.ts";
import { icon } from "./icon.ts";
import type { Viewer } from "./layout.ts";
import type { Notice } from "./notice.ts";
import { time } from "./time.ts";

/** What is still to be ended at a provider. */
export type AdminRevocation = {
  id: string;
  providerName: string;
  kind: "grant" | "token";
  state: "pending" | "unconfirmed";
  login: string | null;
  externalId: string | null;
  erased: boolean;
  attempts: number;
  lastError: string | null;
  nextAttemptAt: Date;
  running: boolean;
  createdAt: Date;
};

export type AdminRevocationsPageProps = {
  viewer: Viewer;
  revocations: readonly AdminRevocation[];
  first: string | null;
  next: string | null;
  notice?: Notice | null;
};

function whose({ login, externalId, erased }: AdminRevocation): string {
  if (login) return handle(login);
  if (erased) return "Somebody who was erased";
  return externalId ?? "Somebody unknown here";
}

function facts({ kind, createdAt, attempts, state, running, nextAttemptAt }: AdminRevocation): Html {
  const what = kind === "grant" ? "The whole authorisation" : "One token of it";
  const next = running ? "Being tried now" : html`Next try ${time(nextAttemptAt)}`;
  return html`<ul class="facts" role="list"><li>${what}</li><li>Since ${time(createdAt)}</li><li>${attempts === 1 ? "Tried once" : `Tried ${attempts} times`}</li>${state === "pending" && html`<li>${next}</li>`}</ul>`;
}

function unconfirmed({ providerName, erased }: AdminRevocation): Html {
  const until = erased ? "" : "; it leaves this list when they connect again";
  return html`<p class="attention">${icon("alert")}<span>It can't be tried again: the tokens are dead, and without a good one ${providerName} can't be asked. The account is over here. Only the person can look whether the authorisation is gone, in their settings at ${providerName}${until}.</span></p>`;
}

function row(revocation: AdminRevocation, index: number): Html {
  const { id, providerName, state, lastError } = revocation;
  const title = `revocation-${index}`;
  return html`
      <li class="Box-row delegation">
        <div class="account-text revocation-text">
          <h2 class="account-title" id="${title}"><span>${whose(revocation)} · ${providerName}</span> <span class="Label ${state === "pending" ? "Label-pending" : "Label-revoked"}">${state === "pending" ? "Pending" : "Unconfirmed"}</span></h2>
          ${facts(revocation)}
          ${state === "pending" && lastError && html`<p>The last try: ${lastError}.</p>`}
          ${state === "unconfirmed" && unconfirmed(revocation)}
        </div>
        ${
          state === "pending" &&
          html`<form method="post" action="/admin/revocations/${encodeURIComponent(id)}/retry"><button class="btn" type="submit" aria-describedby="${title}">Retry now</button></form>`
        }
      </li>`;
}

/** What is still to be ended at the providers, and what can't be confirmed. */
export function adminRevocationsPage({ viewer, revocations, first, next, notice }: AdminRevocationsPageProps): Html {
  return adminLayout({
    viewer,
    notice: notice ?? null,
    current: "revocations",
    title: "Revocations",
    says: "Access that ended here and that a provider has not confirmed to be gone. None of it can be used; it is tried again until the provider confirms.",
    body: html`
    ${
      revocations.length > 0
        ? html`<ul class="Box" role="list">${revocations.map(row)}
    </ul>`
        : html`<div class="Box blankslate">${icon("check-circle", 24)}<h2>Everything is confirmed</h2><p>No provider still has to end anything.</p></div>`
    }
    ${pager({ first, next })}`,
  });
}
