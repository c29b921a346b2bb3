import { type AuditFilterProps, auditFilterForm } from "./audit-filter-form.ts";
import { type AuditEntry, auditRow } from "./audit-row.ts";
import { largestSeries, type Series } from "./charts/series.ts";
import { stackedDays } from "./charts/stacked-days.ts";
import { type Html, html } from "./html.ts";
import { icon } from "./icon.ts";
import { layout, type Viewer } from "./layout.ts";
import { time } from "./time.ts";
import { webAddress } from "./web-address.ts";

export type ActivityPageProps = {
  viewer: Viewer;
  /** Days as YYYY-MM-DD, and how much each bot did on each. */
  days: readonly string[];
  bots: readonly Series[];
  filter: AuditFilterProps;
  entries: readonly AuditEntry[];
  /** Addresses; null: there is no such page. */
  newest: string | null;
  older: string | null;
  /** The search stopped here, though nothing or not enough was found. */
  searchedUntil: Date | null;
  exports: { csv: string; ndjson: string };
  mostExported: number;
};

function chart({ days, bots }: ActivityPageProps): Html | null {
  if (bots.length === 0) return null;
  const series = largestSeries(bots, "Other bots");
  const title = `Actions in your name per day and bot, in the last ${days.length} days (UTC)`;
  return html`
    <section aria-label="Chart">${stackedDays({ id: "actions", title, unit: "actions", days, series })}
    </section>`;
}

function nothing({ filter, searchedUntil, newest }: ActivityPageProps): Html {
  const filtered = Object.values(filter.entered).some(Boolean);
  if (searchedUntil) {
    return html`<div class="Box blankslate"><h3>Nothing found so far</h3><p>Looked back until ${time(searchedUntil)}. Go on with “Older”, or name days above.</p></div>`;
  }
  if (newest)
    return html`<div class="Box blankslate"><h3>Nothing older</h3><p>This is where your history begins.</p></div>`;
  if (filtered) {
    return html`<div class="Box blankslate"><h3>Nothing fits this filter</h3><p>Choose less above, or <a class="Link" href="/activity">show everything</a>.</p></div>`;
  }
  return html`<div class="Box blankslate">${icon("pulse", 24)}<h3>Nothing was done in your name yet</h3><p><a class="Link" href="/accounts">Connect an account</a> and <a class="Link" href="/permissions">let a bot act as you</a>: what it does then stands here.</p></div>`;
}

function pages({ newest, older }: ActivityPageProps): Html | null {
  const links = [
    { href: webAddress(newest), text: "Newest" },
    { href: webAddress(older), text: "Older" },
  ];
  const shown = links.filter(({ href }) => href);
  if (shown.length === 0) return null;
  return html`<nav class="Pager" aria-label="Pages">${shown.map(({ href, text }) => html`<a class="btn" href="${href}">${text}</a>`)}</nav>`;
}

/** Everything that was done in a person's name, and what they did here themselves. */
export function activityPage(props: ActivityPageProps): Html {
  const { viewer, filter, entries, exports, mostExported, searchedUntil } = props;
  const faulty = Object.keys(filter.faults ?? {}).length > 0;
  const [csv, ndjson] = [webAddress(exports.csv), webAddress(exports.ndjson)];
  return layout({
    title: faulty ? "Error: Activity" : "Activity",
    viewer,
    current: "activity",
    body: html`
    <div class="Subhead">
      <h1>Activity</h1>
      <p>What bots did in your name, and what was done with your accounts. <a class="Link" href="/permissions">End a permission</a> if something here is not as you want it.</p>
    </div>${chart(props)}
    <section aria-labelledby="events">
      <h2 class="Section-title" id="events">What was done</h2>
      ${auditFilterForm(filter)}
      ${
        entries.length > 0
          ? html`<ul class="Box" role="list">${entries.map((entry) => auditRow(entry, { person: "you" }))}
      </ul>`
          : !faulty && nothing(props)
      }
      ${entries.length > 0 && searchedUntil && html`<p class="note">Looked back until ${time(searchedUntil)}; go on with “Older”.</p>`}
      ${pages(props)}
      ${
        csv &&
        ndjson &&
        html`<p class="note Page-foot">${icon("download")} What the filter lets through, as a file: <a class="Link" href="${csv}" download>CSV</a> or <a class="Link" href="${ndjson}" download>NDJSON</a>. The newest ${mostExported} events at most; name a last day for older ones.</p>`
      }
    </section>`,
  });
}
