import { scaleLinear } from "d3-scale";
import { stack } from "d3-shape";
import { type Html, html } from "../html.ts";
import { chartTable } from "./chart-table.ts";
import { type Series, seriesClass, seriesLegend } from "./series.ts";

export type StackedBarsProps = {
  /** Of the page; the ids within are made from it. */
  id: string;
  title: string;
  /** What one is called where many are counted, as in "accounts". */
  unit: string;
  /** What the rows are, as in "Provider". */
  rows: string;
  names: readonly string[];
  /** One count for each of the names. */
  series: readonly Series[];
};

/** Drawn without a unit of its own: the page stretches it to its width, and words stand beside it as text. */
const [width, height] = [600, 16];

/** One bar a row, all of one scale, one part for each series. Colours are classes, as in the other charts. */
export function stackedBars({ id, title, unit, rows, names, series }: StackedBarsProps): Html {
  const totals = names.map((_name, index) => series.reduce((sum, { counts }) => sum + (counts[index] ?? 0), 0));
  const scale = scaleLinear([0, Math.max(1, ...totals)], [0, width]);
  const stacked = stack<number, number>()
    .keys(series.keys())
    .value((row, index) => series[index]?.counts[row] ?? 0)(names.keys());
  const bars = names.map((name, row) => {
    const parts = stacked.map((all, index) => {
      const [low = 0, high = 0] = all[row] ?? [];
      if (high <= low) return null;
      return html`<rect class="${seriesClass(series, index)}" x="${round(scale(low))}" y="0" width="${round(scale(high) - scale(low))}" height="${height}"><title>${`${name}: ${series[index]?.name}, ${high - low} ${unit}`}</title></rect>`;
    });
    return html`
          <li><span class="Bars-name">${name}</span><svg class="Bars-drawing" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${`${name}: ${totals[row]} ${unit}`}">${parts}</svg><span class="Chart-count">${totals[row]}</span></li>`;
  });
  return html`
      <figure class="Chart" aria-labelledby="${id}-title">
        <figcaption id="${id}-title">${title}</figcaption>
        <ul class="Bars" role="list">${bars}
        </ul>
        ${seriesLegend(series)}
        ${chartTable({ title, days: names, series, totals, rows })}
      </figure>`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
