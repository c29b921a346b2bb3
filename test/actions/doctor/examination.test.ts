import { describe, expect, test } from "vitest";
import { both, Examination } from "../../../src/actions/doctor/examination.ts";
import { failure, ok, warning } from "../../../src/actions/doctor/finding.ts";

const examination = (timeLimitMs = 30_000) =>
  new Examination({ timeLimitMs, hide: (text) => text.replace("s3cret", "…") });

describe("an examination", () => {
  test("reports checks in the order in which they were named, whichever ends first", async () => {
    const all = examination();
    let release = () => {};
    const first = new Promise<void>((resolve) => {
      release = resolve;
    });
    all.check("slow", () => first.then(() => ok("done")));
    all.check("fast", async () => {
      release();
      return warning("careful");
    });
    expect((await all.report()).map(({ id }) => id)).toEqual(["slow", "fast"]);
  });

  test("an error in one check is its own failure", async () => {
    const all = examination();
    all.check("broken", () => Promise.reject(new Error("no", { cause: new Error("because of s3cret") })));
    all.check("sound", async () => ok("fine"));
    expect(await all.report()).toEqual([
      { id: "broken", status: "failure", says: "The check ended with an error: no (because of …)" },
      { id: "sound", status: "ok", says: "fine" },
    ]);
  });

  test("a check that never ends fails at its time limit, and what needs it is skipped", async () => {
    const all = examination(20);
    const stuck = all.check<string>("stuck", () => new Promise(() => {}));
    all.checkAfter("after", stuck, async () => ok("never said"));
    expect(await all.report()).toMatchObject([
      { id: "stuck", status: "failure", says: "There was no result within 0.02 s." },
      { id: "after", status: "warning", says: 'Skipped because of "stuck".' },
    ]);
  });

  test("a check gets what those before it found, and a skipped one names the first to repair", async () => {
    const all = examination();
    const one = all.check("one", async () => ({ ...ok("1"), value: 1 }));
    const two = all.checkAfter("two", one, async (value) => ({ ...warning("2"), value: value + 1 }));
    all.checkAfter("sum", both(one, two), async ([a, b]) => ok(String(a + b)));
    const none = all.check<number>("none", async () => failure("nothing"));
    const next = all.checkAfter("next", none, async (value) => ({ ...ok("never"), value }));
    all.checkAfter("last", both(one, next), async () => ok("never"));
    const said = Object.fromEntries((await all.report()).map(({ id, says }) => [id, says]));
    expect(said).toMatchObject({ sum: "3", next: 'Skipped because of "none".', last: 'Skipped because of "none".' });
  });
});
