import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { committer, tokensAtGithub } from "../harness/people.ts";
import { runProgram } from "../harness/program.ts";
import { auditSince, lastAudit, rowsOf, stored } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";
import { emptyFolder, type Outcome, onbehalf } from "./onbehalf.ts";

vi.setConfig({ testTimeout: 120_000 }); // each command is a process

const stack = useStack();
let folder: string;
beforeAll(async () => {
  folder = await emptyFolder();
});
afterAll(() => rm(folder, { recursive: true }));

/** What a command is given beside the running server: no GitHub App, whose credentials are the server's. */
const environment = () => ({
  DATABASE_URL: stack.databaseUrl,
  ENCRYPTION_KEYS: stack.environment.ENCRYPTION_KEYS ?? "",
});
const run = (...args: string[]) => onbehalf(args, { cwd: folder, env: environment() });

function json(outcome: Outcome): unknown {
  expect(outcome).toMatchObject({ code: 0, err: "" });
  return JSON.parse(outcome.out);
}

test("deactivated from the command line, a person is refused by the running server at once, and let in again by lifting", async () => {
  const person = await committer(stack);
  expect((await person.commit()).status).toBe(201);
  expect(json(await run("users", "deactivate", `gh.${person.id}`, "--json"))).toEqual({
    id: person.userId,
    revocations: "done",
  });
  expect((await person.commit()).body).toMatchObject({ code: "user_not_found" });
  expect(tokensAtGithub(stack, person.login)).toBeNull();
  expect(json(await run("tombstones", "lift", `gh.${person.id}`, "--json"))).toEqual({
    items: [{ id: person.userId, status: "active" }],
  });
  expect((await stack.signIn(person.login)).page.text).toContain("Access ended");
});

test("an erasure asks for the reference once more, and changes nothing without it", async () => {
  const person = await committer(stack);
  const reference = `gh.${person.id}`;
  const before = await stored(stack);
  const typed = async (input: string) => {
    const program = runProgram(["users", "erase", reference], { folder, environment: environment(), input });
    return { code: await program.ended, output: program.output() };
  };
  expect(await typed("no\n")).toMatchObject({ code: 1, output: expect.stringContaining("nothing was changed") });
  expect(await typed("")).toMatchObject({ code: 1, output: expect.stringContaining("say --yes") });
  expect(await stored(stack)).toEqual(before);
  const audit = await lastAudit(stack);
  expect(await typed(`${reference}\n`)).toMatchObject({ code: 0, output: expect.stringContaining("Erased.") });
  expect((await rowsOf(stack, "identities")).some(({ login }) => login === person.login)).toBe(false);
  expect((await auditSince(stack, audit)).map(({ action, actor }) => [action, actor])).toEqual([
    ["disconnect", "operator"],
    ["user.erase", "operator"],
  ]);
  await expect.poll(() => tokensAtGithub(stack, person.login), { timeout: 20_000 }).toBeNull();
});

test("what is no user, no reference or no tombstone is refused in a sentence, and nothing changes", async () => {
  const before = await stored(stack);
  const bad: [args: string[], why: RegExp][] = [
    [["users", "deactivate", "gh.1"], /no user "gh.1"/],
    [["users", "erase", "@ada", "--yes"], /Logins get re-registered/],
    [["tombstones", "lift", "gh.1"], /no tombstone for gh.1/],
    [["tombstones", "lift", "@ada"], /is not gh.NUMBER/],
  ];
  const outcomes = await Promise.all(bad.map(([args]) => run(...args)));
  for (const [index, [args, why]] of bad.entries()) {
    expect({ args, ...outcomes[index] }).toEqual({ args, code: 1, out: "", err: expect.stringMatching(why) });
    expect(outcomes[index]?.err).not.toMatch(/^ +at /m);
  }
  expect(await stored(stack)).toEqual(before);
});
