import { beforeAll, expect, test } from "vitest";
import { dumpDatabase, findLeaks } from "../../harness/leak-search.ts";
import { type Mirrored, register } from "../../harness/mirrored.ts";
import { type Committer, committer } from "../../harness/people.ts";
import { filesIn, type Knowing, processesWith } from "../../harness/process-search.ts";
import { useStack } from "../../harness/use-stack.ts";

/*
 * Invariant 1, for what git is given: a token stands in the environment of the git that fetches, while that lives, and
 * in no argument, no file, no configuration and no log line, neither during a sync nor after it.
 */

const stack = useStack();
let person: Committer;
let mirrored: Mirrored;
let key: string;

beforeAll(async () => {
  ({ key } = await stack.bot("host", "platform"));
  person = await committer(stack);
  mirrored = await register(stack, key, { repository: person.repository, synced_by: person.userId });
  await mirrored.settled();
});

const tokens = () => stack.sandbox.issuedTokens();
const written = () => [
  ...filesIn(stack.environment.DATA_DIR ?? ""),
  ...stack.log.map((text) => ({ place: "a log line", text })),
];

/** Waits until git has sent its request for objects, counted from there. */
async function fetching(since: number): Promise<void> {
  const sent = () => stack.sandbox.requests.slice(since).some(({ path }) => path.endsWith("/git-upload-pack"));
  await expect.poll(sent, { timeout: 10_000, interval: 10 }).toBe(true);
}

/** Who knows a token while git waits for GitHub's answer, in a run that is then let go on. */
async function lookDuringSync(): Promise<{ knowing: Knowing[]; leaks: unknown[] }> {
  stack.sandbox.faults.add({ match: { path: /git-upload-pack$/ }, delayMs: 1_000 });
  await person.commit();
  const before = stack.sandbox.requests.length;
  const syncing = mirrored.sync();
  await fetching(before);
  const seen = { knowing: processesWith(tokens()), leaks: findLeaks(written(), tokens()) };
  expect(await syncing).toMatchObject({ result: "succeeded" });
  return seen;
}

test.each([
  ["a person's token", "user", /^ghu_/],
  ["the app's token", "app", /^ghs_/],
])("%s is in the environment of git while it fetches, and nowhere else", async (_what, attribution, prefix) => {
  if (attribution === "app") {
    await person.browser.submit(await person.browser.open(`${stack.url}/accounts`), "Disconnect");
  }
  const { knowing, leaks } = await lookDuringSync();
  expect(await mirrored.settled()).toMatchObject({ attribution });
  expect(tokens().some((token) => prefix.test(token))).toBe(true);
  expect(knowing.length).toBeGreaterThan(0);
  for (const one of knowing)
    expect(one).toMatchObject({ program: expect.stringMatching(/^git/), where: "environment" });
  expect(leaks).toEqual([]);

  expect(processesWith(tokens())).toEqual([]);
  expect(written().length).toBeGreaterThan(20);
  expect(findLeaks([...written(), ...(await dumpDatabase(stack.databaseUrl))], tokens())).toEqual([]);
});

/** A sync whose git waits for GitHub. */
async function syncUnderWay() {
  const another = await committer(stack);
  const held = await register(stack, key, { repository: another.repository, synced_by: another.userId });
  await held.settled();
  const before = stack.sandbox.requests.length;
  stack.sandbox.faults.add({ match: { path: /git-upload-pack$/ }, delayMs: 60_000 });
  await stack.call("POST", `/api/v1/repositories/${held.id}/sync`, { key });
  // The fault must have its request, or a later one would get it.
  await fetching(before);
  expect(processesWith(tokens())).not.toEqual([]);
  return { another, held };
}

test("a run that is ended leaves no process behind that knows the token", async () => {
  const { another, held } = await syncUnderWay();
  await another.browser.submit(await another.browser.open(`${stack.url}/accounts`), "Disconnect");
  stack.sandbox.faults.clear();
  await held.settled();
  expect(processesWith(tokens())).toEqual([]);
});

test("a process that stops ends its git, and the next process syncs anew", async () => {
  const { held } = await syncUnderWay();
  await stack.restart({});
  expect(await held.settled()).toMatchObject({ reason: "retry", attribution: "user", result: "succeeded" });
  const [, ended] = await held.runs();
  expect(ended).toMatchObject({ result: "failed", code: "interrupted" });
  expect(processesWith(tokens())).toEqual([]);
});

test("the search finds what is there", () => {
  const [path = ""] = (process.env.PATH ?? "").split(":");
  expect(processesWith([path])).toContainEqual(expect.objectContaining({ pid: process.pid, where: "environment" }));
});
