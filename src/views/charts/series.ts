import { type Html, html } from "../html.ts";

/** What is counted of one kind. */
export type Series = {
  name: string;
  counts: readonly number[];
  /** What is left of many: it has the colour of no kind. */
  rest?: boolean;
};

/** How many series are told apart by colour. */
const colours = 6;

/**
 * The largest series, and the sum of those that have no colour left.
 * @param name what that sum is called
 */
export function largestSeries(series: readonly Series[], name: string): Series[] {
  const total = ({ counts }: Series) => counts.reduce((sum, count) => sum + count, 0);
  const sorted = [...series].sort(
    (one, other) => total(other) - total(one) || one.name.localeCompare(other.name, "en"),
  );
  if (sorted.length <= colours) return sorted;
  const [kept, others] = [sorted.slice(0, colours - 1), sorted.slice(colours - 1)];
  const counts = others[0]?.counts.map((_count, index) =>
    others.reduce((sum, one) => sum + (one.counts[index] ?? 0), 0),
  );
  return [...kept, { name, counts: counts ?? [], rest: true }];
}

/** The class that colours a series. */
export function seriesClass(series: readonly Series[], index: number): string {
  return series[index]?.rest ? "Chart-rest" : `Chart-${(index % colours) + 1}`;
}

/** Which colour is which, with the whole of each. */
export function seriesLegend(series: readonly Series[]): Html {
  const entries = series.map(
    ({ name, counts }, index) =>
      html`<li><svg class="Chart-key" aria-hidden="true" viewBox="0 0 10 10"><rect class="${seriesClass(series, index)}" width="10" height="10"/></svg><span>${name}</span> <span class="Chart-count">${counts.reduce((sum, count) => sum + count, 0)}</span></li>`,
  );
  return html`<ul class="Chart-legend" role="list">${entries}</ul>`;
}
