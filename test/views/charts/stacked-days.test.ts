import { expect, test } from "vitest";
import { largestSeries } from "../../../src/views/charts/series.ts";
import { stackedDays } from "../../../src/views/charts/stacked-days.ts";
import { attribute, tags } from "../every-page.ts";

const days = ["2025-11-29", "2025-11-30", "2025-12-01"];
const chart = { id: "c", title: "Actions", unit: "actions", days };

function bars(series: { name: string; counts: number[] }[]) {
  return tags(stackedDays({ ...chart, series }))
    .filter((tag) => tag.startsWith("<rect") && attribute(tag, "x") !== undefined)
    .map((tag) => ({
      series: attribute(tag, "class"),
      top: Number(attribute(tag, "y")),
      height: Number(attribute(tag, "height")),
    }));
}

test("a day's parts stand on each other, as high as their counts, and what is nothing has none", () => {
  expect(
    bars([
      { name: "a", counts: [10, 0, 2] },
      { name: "b", counts: [10, 0, 0] },
    ]),
  ).toEqual([
    { series: "Chart-1", top: 80, height: 80 },
    { series: "Chart-1", top: 144, height: 16 },
    { series: "Chart-2", top: 0, height: 80 },
  ]);
});

test("the table has what the bars show, and leaves out empty days", () => {
  const page = String(
    stackedDays({
      ...chart,
      series: [
        { name: "a", counts: [1, 0, 2] },
        { name: "b", counts: [3, 0, 0] },
      ],
    }),
  );
  const rows = [...page.matchAll(/<tr><th scope="row">(.*?)<\/th>(.*?)<\/tr>/g)].map(([, day, cells = ""]) => [
    day,
    ...[...cells.matchAll(/<td>(\d+)<\/td>/g)].map(([, count]) => Number(count)),
  ]);
  expect(rows).toEqual([
    ["29 Nov", 1, 3, 4],
    ["1 Dec", 2, 0, 2],
  ]);
  expect(page).toContain("<title>29 Nov: b, 3 actions</title>");
  expect(page).not.toContain("style=");
});

test("many series are the largest ones and the rest, with nothing lost", () => {
  const many = Array.from({ length: 9 }, (_, index) => ({ name: `bot-${index}`, counts: [index, 1] }));
  const kept = largestSeries(many, "Others");
  expect(kept.map(({ name }) => name)).toEqual(["bot-8", "bot-7", "bot-6", "bot-5", "bot-4", "Others"]);
  expect(kept.at(-1)).toMatchObject({ counts: [0 + 1 + 2 + 3, 4], rest: true });
  expect(largestSeries(many.slice(0, 6), "Others")).toHaveLength(6);
});
