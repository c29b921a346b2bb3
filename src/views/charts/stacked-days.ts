import { scaleBand, scaleLinear } from "d3-scale";
import { stack } from "d3-shape";
import { type Html, html } from "../html.ts";
import { chartTable } from "./chart-table.ts";
import { dayWords } from "./day-words.ts";
import { type Series, seriesClass, seriesLegend } from "./series.ts";

export type StackedDaysProps = {
  /** Of the page; the ids within are made from it. */
  id: string;
  /** What is counted, as in "Actions per day and bot". */
  title: string;
  /** What one is called where many are counted, as in "actions". */
  unit: string;
  /** Days as YYYY-MM-DD, the oldest first. */
  days: readonly string[];
  /** One count for each of the days. The first is at the bottom. */
  series: readonly Series[];
};

/** Drawn without a unit of its own: the page stretches it to its width, and words stand beside it as text. */
const [width, height] = [600, 160];

/**
 * Bars of counts a day, one part for each series. Colours are classes, since no style may stand in the page; so they
 * follow light, dark and high contrast.
 */
export function stackedDays(props: StackedDaysProps): Html {
  const { id, title, unit, days, series } = props;
  const totals = days.map((_day, index) => series.reduce((sum, { counts }) => sum + (counts[index] ?? 0), 0));
  const scale = scaleLinear([0, Math.max(1, ...totals)], [height, 0]).nice(4);
  const place = scaleBand<number>(
    days.map((_day, index) => index),
    [0, width],
  ).padding(0.2);
  const stacked = stack<number, number>()
    .keys(series.keys())
    .value((day, index) => series[index]?.counts[day] ?? 0)(days.keys());
  const bars = stacked.flatMap((parts, index) =>
    parts.map(([low, high], day) => {
      if (high <= low) return null;
      const words = `${dayWords(days[day] ?? "")}: ${series[index]?.name}, ${high - low} ${unit}`;
      return html`<rect class="${seriesClass(series, index)}" x="${round(place(day) ?? 0)}" y="${round(scale(high))}" width="${round(place.bandwidth())}" height="${round(scale(low) - scale(high))}"><title>${words}</title></rect>`;
    }),
  );
  const ticks = scale.ticks(4).filter(Number.isInteger);
  const lines = ticks.map(
    (tick) => html`<line x1="0" x2="${width}" y1="${round(scale(tick))}" y2="${round(scale(tick))}"/>`,
  );
  const [, most = 0] = scale.domain();
  const total = totals.reduce((sum, count) => sum + count, 0);
  return html`
      <figure class="Chart" aria-labelledby="${id}-title">
        <figcaption id="${id}-title">${title}</figcaption>
        <div class="Chart-plot">
          <div class="Chart-scale" aria-hidden="true"><span>${most}</span><span>0</span></div>
          <svg class="Chart-drawing" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${`${total} ${unit} in ${days.length} days; the table has them by day`}"><g class="Chart-lines">${lines}</g>${bars}</svg>
          <div class="Chart-days" aria-hidden="true"><span>${dayWords(days[0] ?? "")}</span><span>${dayWords(days.at(-1) ?? "")}</span></div>
        </div>
        ${seriesLegend(series)}
        ${chartTable({ title, days, series, totals })}
      </figure>`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
