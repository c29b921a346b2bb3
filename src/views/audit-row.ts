import { type AuditResult, actionWords, resultWords } from "./audit-words.ts";
import { type Fragment, type Html, html } from "./html.ts";
import { time } from "./time.ts";
import { webAddress } from "./web-address.ts";

/** Something that was done, as a list shows it. */
export type AuditEntry = {
  action: string;
  actor: string;
  result: AuditResult;
  /** Why it failed, as a stable code. */
  code: string | null;
  /** Why, in the words of whoever refused it. */
  reason?: string | null;
  at: Date;
  bot: string | null;
  /** Whom it was done for: a login, or the host platform's own id. Of what an admin did: that admin. */
  requester: string | null;
  providerName: string | null;
  repository: string | null;
  branch: string | null;
  attribution: string | null;
  /** What was called, as in "POST /repos/…/issues". */
  call?: string | null;
  /** Where at GitHub it is. */
  link: string | null;
  /** The run that the bot named. */
  runUrl: string | null;
};

/** @param person who acted where a person did: "you", or a login */
function doneBy({ actor, bot, providerName, requester }: AuditEntry, person: string): Html {
  switch (actor) {
    case "bot":
      return html`by <strong>${bot ?? "a bot"}</strong>`;
    case "user":
      return html`by ${person}`;
    case "platform":
      return html`by the host platform${bot && html` (<strong>${bot}</strong>)`}`;
    case "provider":
      return html`told by ${providerName ?? "the provider"}`;
    case "system":
      return html`by onbehalf itself`;
    case "admin":
      return requester ? html`by the admin <strong>${requester}</strong>` : html`by an admin`;
    default:
      return html`by an ${actor}`;
  }
}

function where({ repository, branch, link }: AuditEntry): Html | null {
  if (!repository) return null;
  const address = webAddress(link);
  const [, kind, number] = /\/(commit|pull)\/([^/]+)$/.exec(address ?? "") ?? [];
  const things: Record<string, string> = {
    commit: `, commit ${number?.slice(0, 7)}`,
    pull: `, pull request #${number}`,
  };
  const place = html`<code>${repository}</code>${things[kind ?? ""]}`;
  const linked = address ? html`<a class="Link" href="${address}" rel="noopener noreferrer">${place}</a>` : place;
  return html`<li>in ${linked}${branch && html` on <code>${branch}</code>`}</li>`;
}

/** The address of a run was chosen by a bot: its host stands there, so that nobody is led somewhere unawares. */
function run(runUrl: string | null): Html | null {
  const address = webAddress(runUrl);
  if (!runUrl) return null;
  if (!address || !URL.canParse(address)) return html`<li>Run <code>${runUrl}</code></li>`;
  return html`<li><a class="Link" href="${address}" rel="noopener noreferrer nofollow">Run at ${new URL(address).host}</a></li>`;
}

const attributions = new Map([
  ["user", "in the person's name"],
  ["app", "in the app's name"],
]);

/** One row of what was done. */
export function auditRow(entry: AuditEntry, options: { person: string; about?: Fragment }): Html {
  const { result, code, reason, requester, call, attribution, bot, actor } = entry;
  const why = [code, reason].filter(Boolean).join(": ");
  const whose =
    options.person === "you" && attribution === "user" ? "in your name" : attributions.get(attribution ?? "");
  return html`
      <li class="Box-row event">
        <p class="event-title"><span>${actionWords(entry.action)} ${doneBy(entry, options.person)}${actor !== "bot" && actor !== "platform" && bot && html` · <strong>${bot}</strong>`}${actor !== "admin" && requester && html` for <strong>${requester}</strong>`}${options.about && html` · ${options.about}`}</span> <span class="Label Label-${result}">${resultWords[result]}</span></p>
        ${why && html`<p class="event-reason">Reason: <code>${why}</code></p>`}
        <ul class="facts" role="list"><li>${time(entry.at)}</li>${where(entry)}${!entry.repository && entry.providerName && html`<li>at ${entry.providerName}</li>`}${call && html`<li><code>${call}</code></li>`}${whose && html`<li>${whose}</li>`}${run(entry.runUrl)}</ul>
      </li>`;
}
