import { adminLayout, pager } from "./admin-layout.ts";
import { type AdminRepository, asWhom, lastRun, scheduleWords } from "./admin-repositories.ts";
import { handle } from "./avatar.ts";
import { errorText, field } from "./field.ts";
import { type Html, html } from "./html.ts";
import type { Viewer } from "./layout.ts";
import type { Notice } from "./notice.ts";
import { radioGroup } from "./radio-group.ts";
import { time } from "./time.ts";

/** One run of a mirror. */
export type AdminRun = {
  reason: "schedule" | "request" | "push" | "retry";
  attribution: "user" | "app";
  login: string | null;
  fallbackReason: string | null;
  result: "started" | "succeeded" | "failed";
  code: string | null;
  startedAt: Date;
  finishedAt: Date | null;
};

/** What an admin entered to change the identity, and what is wrong with it. */
export type AdminIdentityForm = { as: string; user: string; error: string; field: "user" | null };

export type AdminRepositoryPageProps = {
  viewer: Viewer;
  repository: AdminRepository;
  runs: readonly AdminRun[];
  first: string | null;
  next: string | null;
  notice?: Notice | null;
  form?: AdminIdentityForm | null;
};

const reasons: Record<AdminRun["reason"], string> = {
  schedule: "It was due",
  request: "Somebody asked",
  push: "Somebody pushed",
  retry: "The one before failed",
};
const results: Record<AdminRun["result"], string> = { started: "Running", succeeded: "Done", failed: "Failed" };

function run({ reason, attribution, login, fallbackReason, result, code, startedAt, finishedAt }: AdminRun): Html {
  const who = attribution === "app" ? "as the app" : `as ${login ? handle(login) : "somebody who was erased"}`;
  const seconds = finishedAt && Math.max(0, finishedAt.getTime() - startedAt.getTime()) / 1000;
  return html`
        <li class="Box-row event">
          <p class="event-title"><span>${reasons[reason]}, ${who}</span> <span class="Label Label-${result}">${results[result]}</span></p>
          ${code && html`<p class="event-reason">Reason: <code>${code}</code></p>`}
          ${fallbackReason && html`<p class="event-reason">Not as the person: <code>${fallbackReason}</code></p>`}
          <ul class="facts" role="list"><li>${time(startedAt)}</li>${seconds !== null && html`<li>${seconds.toFixed(1)} s</li>`}</ul>
        </li>`;
}

function identityForm(action: string, { syncedBy }: AdminRepository, form: AdminIdentityForm | null): Html {
  const options = [
    { value: "app", label: "As the app", note: html`With its installation. Nobody’s authorisation is used.` },
    { value: "me", label: "As me", note: html`With your own account, for as long as it is connected.` },
    {
      value: "user",
      label: "As another person",
      note: html`Only somebody who lets a bot push or read here, and only for as long as they do.`,
    },
  ];
  return html`
      <form class="Box Box-body" method="post" action="${action}">
        ${form?.field === null && html`<div role="alert">${errorText("identity-error", form.error)}</div>`}
        ${radioGroup({ name: "as", legend: "Sync it", options, chosen: form?.as ?? (syncedBy ? null : "app") })}
        ${field({
          id: "user",
          label: "The other person",
          hint: html`As <code>gh.NUMBER</code>, <code>ext.ID</code> or id. Logins get re-registered, so they don’t do.`,
          optional: true,
          error: form?.field === "user" ? form.error : null,
          control: (attributes) =>
            html`<input class="form-control" type="text" name="user" value="${form?.user ?? ""}" maxlength="700" autocapitalize="none" autocomplete="off" spellcheck="false"${attributes}>`,
        })}
        <button class="btn btn-primary" type="submit">Change it</button>
      </form>`;
}

/** One mirrored repository: its runs, and what an admin may change. */
export function adminRepositoryPage(props: AdminRepositoryPageProps): Html {
  const { viewer, repository, runs, first, next, notice, form = null } = props;
  const address = `/admin/repositories/${encodeURIComponent(repository.id)}`;
  return adminLayout({
    viewer,
    notice: notice ?? null,
    current: "repositories",
    title: form ? `Error: ${repository.name}` : repository.name,
    says: "A mirror that is kept here, and its runs.",
    body: html`
    <section aria-labelledby="now">
      <h2 class="Section-title" id="now">Now</h2>
      <div class="Box Box-body">
        <p>${lastRun(repository)} ${repository.providerName}, ${asWhom(repository)}</p>
        <ul class="facts" role="list">${scheduleWords(repository)}</ul>
        <form class="after-form" method="post" action="${address}/sync"><button class="btn" type="submit">Run now</button></form>
      </div>
    </section>
    <section aria-labelledby="identity">
      <h2 class="Section-title" id="identity">With whose authorisation</h2>
      ${identityForm(`${address}/identity`, repository, form)}
    </section>
    <section aria-labelledby="runs">
      <h2 class="Section-title" id="runs">Runs</h2>
      ${
        runs.length > 0
          ? html`<ul class="Box" role="list">${runs.map(run)}
      </ul>`
          : html`<div class="Box Box-body"><p>There was no run yet. They are kept for 90 days.</p></div>`
      }
      ${pager({ first, next })}
    </section>
    <section aria-labelledby="stop">
      <h2 class="Section-title" id="stop">Stop</h2>
      <form class="Box Box-body" method="post" action="${address}/remove">
        <p>The mirror and its runs are removed, and nothing is fetched any more. A platform can register it again.</p>
        <button class="btn btn-danger" type="submit">Stop and remove it</button>
      </form>
    </section>`,
  });
}
