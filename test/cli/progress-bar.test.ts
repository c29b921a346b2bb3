import { expect, test } from "vitest";
import { progressBar } from "../../src/cli/progress-bar.ts";

function terminal(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 120, written, write: (text: string) => void written.push(text) };
}

test("on a terminal it shows what is done, how fast, and what is left, on one line", () => {
  let now = 0;
  const screen = terminal(true);
  const bar = progressBar(screen, () => now);
  now = 2_000;
  bar.show(500_000, 1_000_000);
  expect(screen.written).toEqual([
    "\r[###############---------------] 50 %  500,000 of 1,000,000 rows, 250,000 a second, 2 s left",
  ]);
  now = 2_050;
  bar.show(600_000, 1_000_000);
  expect(screen.written).toHaveLength(1);
  now = 102_000;
  bar.show(1_000_000, 5_000_000);
  expect(screen.written.at(-1)).toMatch(/20 % {2}1,000,000 of 5,000,000 rows, 9,804 a second, 6 min 48 s left/);
});

test("a remark takes the bar's line, and the end leaves nothing of it", () => {
  const screen = terminal(true);
  const bar = progressBar(screen, () => 0);
  bar.show(1, 2);
  const width = (screen.written[0] ?? "").length - 1;
  bar.say("Rows keep appearing.");
  expect(screen.written.slice(1)).toEqual([`\r${" ".repeat(width)}`, "\r", "Rows keep appearing.\n"]);
  bar.end();
  expect(screen.written).toHaveLength(4);
});

test("it never wraps a narrow terminal", () => {
  const screen = { ...terminal(true), columns: 40 };
  progressBar(screen).show(1, 2);
  expect(screen.written[0]).toHaveLength(40);
});

test("elsewhere only remarks are written", () => {
  const screen = terminal(false);
  const bar = progressBar(screen);
  bar.show(1, 2);
  bar.say("Rows keep appearing.");
  bar.end();
  expect(screen.written).toEqual(["Rows keep appearing.\n"]);
});
