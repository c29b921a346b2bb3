import { adminLayout } from "./admin-layout.ts";
import { largestSeries, type Series } from "./charts/series.ts";
import { stackedBars } from "./charts/stacked-bars.ts";
import { stackedDays } from "./charts/stacked-days.ts";
import { durationWords } from "./duration-words.ts";
import { type Html, html } from "./html.ts";
import { icon } from "./icon.ts";
import type { Viewer } from "./layout.ts";

/** What waits somewhere, or was parked there. */
export type AdminQueue = {
  name: string;
  /** Where it is looked at. */
  href: string;
  waiting: number;
  /** How long the oldest has waited; 0 where none waits. */
  oldestSeconds: number;
  /** What does not go on by itself, and what that is called. */
  parked: number;
  parkedWords: string;
};

export type AdminOverviewPageProps = {
  viewer: Viewer;
  /** Days as YYYY-MM-DD. */
  days: readonly string[];
  /** One series a state, with one count for each provider. */
  providers: readonly string[];
  accounts: readonly Series[];
  /** One series an attribution, one count a day. */
  actions: readonly Series[];
  /** One series a provider, one count a day. */
  failures: readonly Series[];
  queues: readonly AdminQueue[];
};

function accountsChart({ providers, accounts }: AdminOverviewPageProps): Html {
  if (providers.length === 0) {
    return html`<div class="Box blankslate">${icon("link", 24)}<h3>Nobody has connected anything yet</h3><p>People connect on their <a class="Link" href="/accounts">Accounts</a> page, or by a link that a platform sends them.</p></div>`;
  }
  const title = "Accounts per provider and state, now";
  return stackedBars({ id: "accounts", title, unit: "accounts", rows: "Provider", names: providers, series: accounts });
}

function daysChart(
  days: readonly string[],
  series: readonly Series[],
  words: { id: string; title: string; unit: string; nothing: string },
): Html {
  const { nothing, ...rest } = words;
  if (series.length === 0) {
    return html`<div class="Box blankslate"><h3>${nothing}</h3><p>Of the last ${days.length} days there is nothing to draw.</p></div>`;
  }
  return stackedDays({ ...rest, days, series: largestSeries(series, "Others") });
}

function queueRow({ name, href, waiting, oldestSeconds, parked, parkedWords }: AdminQueue): Html {
  return html`<tr><th scope="row"><a class="Link" href="${href}">${name}</a></th><td>${waiting}</td><td>${waiting > 0 ? durationWords(oldestSeconds) : "–"}</td><td>${parked > 0 ? html`<span class="Label Label-failed">${parked} ${parkedWords}</span>` : "0"}</td></tr>`;
}

/** How it goes: who is connected, what is done, what fails and what waits. */
export function adminOverviewPage(props: AdminOverviewPageProps): Html {
  const { viewer, days, actions, failures, queues } = props;
  return adminLayout({
    viewer,
    notice: null,
    current: "overview",
    title: "Overview",
    says: "Who is connected, what is done, what fails and what waits.",
    body: html`
    <section aria-labelledby="connected">
      <h2 class="Section-title" id="connected">Connected</h2>${accountsChart(props)}
    </section>
    <section aria-labelledby="queues">
      <h2 class="Section-title" id="queues">Queues</h2>
      <div class="Box Queues-box" tabindex="0" role="group" aria-label="Queues"><table class="Queues">
        <thead><tr><th scope="col">Queue</th><th scope="col">Waiting</th><th scope="col">Oldest</th><th scope="col">Parked</th></tr></thead>
        <tbody>${queues.map(queueRow)}</tbody>
      </table></div>
    </section>
    <section aria-labelledby="done">
      <h2 class="Section-title" id="done">Done</h2>${daysChart(days, actions, { id: "actions", title: `Actions per day by attribution, in the last ${days.length} days (UTC)`, unit: "actions", nothing: "Nothing was done yet" })}
    </section>
    <section aria-labelledby="failed">
      <h2 class="Section-title" id="failed">Refresh failures</h2>
      <p>Accounts that a provider refused to renew. Their people must connect again.</p>${daysChart(days, failures, { id: "failures", title: `Refused refreshes per day and provider, in the last ${days.length} days (UTC)`, unit: "accounts", nothing: "No provider refused a refresh" })}
    </section>`,
  });
}
