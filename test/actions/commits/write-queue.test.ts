import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { createWriteQueue } from "../../../src/actions/commits/write-queue.ts";
import { ProviderFailure } from "../../../src/providers/failure.ts";

const limit = (retryAfter?: number) =>
  new ProviderFailure("throttled", "GitHub's rate limit is reached", retryAfter === undefined ? {} : { retryAfter });

/** Work that throws what it is given, one after another, and then succeeds; it counts its tries. */
function work(...failures: Error[]): { run: () => Promise<string>; tries: () => number } {
  let tries = 0;
  const run = async () => {
    const failure = failures[tries++];
    if (failure) throw failure;
    return "done";
  };
  return { run, tries: () => tries };
}

/** Work that lasts until the test lets it end. */
function held(): { run: () => Promise<void>; end: () => void; begun: () => boolean } {
  let end = () => {};
  let begun = false;
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  const run = () => {
    begun = true;
    return over;
  };
  return { run, end, begun: () => begun };
}

test("one person's calls go one after another, others' at the same time", async () => {
  const queue = createWriteQueue();
  const [first, second, foreign] = [held(), held(), held()];
  const calls = [queue("ada", first.run), queue("ada", second.run), queue("grace", foreign.run)];
  await turn();
  expect([first.begun(), second.begun(), foreign.begun()]).toEqual([true, false, true]);
  first.end();
  await calls[0];
  await turn();
  expect(second.begun()).toBe(true);
  for (const one of [second, foreign]) one.end();
  await Promise.all(calls);
});

test("a failure ends its own call alone", async () => {
  const queue = createWriteQueue();
  const failure = new ProviderFailure("unreachable", "GitHub did not answer");
  const calls = [queue("ada", work(failure).run), queue("ada", work().run)];
  await expect(calls[0]).rejects.toBe(failure);
  await expect(calls[1]).resolves.toBe("done");
});

test("a limit is waited for, those behind wait with it, and nobody else does", async () => {
  const queue = createWriteQueue();
  const [limited, behind] = [work(limit(1)), work()];
  const over: string[] = [];
  const calls = [
    queue("ada", limited.run).then(() => over.push("limited")),
    queue("ada", behind.run).then(() => over.push("behind")),
  ];
  await turn();
  await queue("grace", work().run).then(() => over.push("foreign"));
  expect([limited.tries(), behind.tries()]).toEqual([1, 0]);
  await Promise.all(calls);
  expect(over).toEqual(["foreign", "limited", "behind"]);
  expect([limited.tries(), behind.tries()]).toEqual([2, 1]);
});

test.each([undefined, 31, 3600])(
  "a limit of %s seconds is more than a call waits, and nothing is sent meanwhile",
  async (seconds) => {
    const queue = createWriteQueue();
    const [first, second, later] = [work(limit(seconds)), work(), work()];
    const told = { code: "rate_limited", status: 429, retryAfter: seconds ?? 60 };
    const both = [queue("ada", first.run), queue("ada", second.run)];
    await expect(both[0]).rejects.toMatchObject(told);
    await expect(both[1]).rejects.toMatchObject({ code: "rate_limited" });
    const refusal = await queue("ada", later.run).catch((problem) => problem);
    expect(refusal.retryAfter).toBeGreaterThan((seconds ?? 60) - 20);
    expect(refusal.retryAfter).toBeLessThanOrEqual(seconds ?? 60);
    expect([first.tries(), second.tries(), later.tries()]).toEqual([1, 0, 0]);
    await expect(queue("grace", work().run)).resolves.toBe("done");
  },
);

test("several limits of one call come out of one budget", async () => {
  const queue = createWriteQueue();
  const one = work(limit(1), limit(30));
  await expect(queue("ada", one.run)).rejects.toMatchObject({ code: "rate_limited", retryAfter: 30 });
  expect(one.tries()).toBe(2);
});

test("a limit that is over at once is not tried against again and again", async () => {
  const queue = createWriteQueue();
  const one = work(limit(0));
  const call = queue("ada", one.run);
  for (let turns = 0; turns < 20; turns++) await turn();
  expect(one.tries()).toBe(1);
  await expect(call).resolves.toBe("done");
});

test("a line takes 200, and tells the next one to come back", async () => {
  const queue = createWriteQueue();
  const first = held();
  const calls = [queue("ada", first.run), ...Array.from({ length: 199 }, () => queue("ada", work().run))];
  const late = work();
  await expect(queue("ada", late.run)).rejects.toMatchObject({ code: "rate_limited", status: 429, retryAfter: 5 });
  await expect(queue("grace", work().run)).resolves.toBe("done");
  first.end();
  await Promise.all(calls);
  expect(late.tries()).toBe(0);
  await expect(queue("ada", late.run)).resolves.toBe("done");
});
