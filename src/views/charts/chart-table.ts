import { type Html, html } from "../html.ts";
import { dayWords } from "./day-words.ts";
import type { Series } from "./series.ts";

export type ChartTableProps = {
  title: string;
  days: readonly string[];
  series: readonly Series[];
  totals: readonly number[];
  /** What the rows are, where they are no days. */
  rows?: string;
};

/** A chart's numbers, for screen readers and for whoever wants them. */
export function chartTable({ title, days, series, totals, rows: what }: ChartTableProps): Html {
  const rows = days.map((day, index) => {
    if (!totals[index]) return null;
    const counts = series.map(({ counts }) => html`<td>${counts[index] ?? 0}</td>`);
    return html`<tr><th scope="row">${dayWords(day)}</th>${counts}<td>${totals[index]}</td></tr>`;
  });
  const names = series.map(({ name }) => html`<th scope="col">${name}</th>`);
  return html`
        <details class="Chart-table">
          <summary>As a table</summary>
          <div class="Chart-scroll" tabindex="0" role="group" aria-label="${title}"><table>
            <caption class="sr-only">${title}.${!what && " Days on which there was nothing are left out."}</caption>
            <thead><tr><th scope="col">${what ?? "Day"}</th>${names}<th scope="col">In all</th></tr></thead>
            <tbody>${rows}</tbody>
          </table></div>
        </details>`;
}
