import { execFileSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "../harness/browser.ts";
import { git, sent, standing } from "../harness/history.ts";
import { committer } from "../harness/people.ts";
import { expectProblem } from "../harness/problem.ts";
import type { ApiAnswer } from "../harness/stack.ts";
import { auditSince, lastAudit } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let key: string;
let userId: string;
let browser: Browser;
let bot: { login: string; id: number };
let files = 0;

const ada = "gh.583231";
const grace = "gh.4712036";

beforeAll(async () => {
  ({ userId, browser } = await stack.connect("ada"));
  await stack.connect("grace");
  key = (await stack.bot("deploy-bot")).key;
  for (const user of [ada, grace]) await stack.delegate(user, "deploy-bot", ["acme/*"]);
  const login = `${stack.sandbox.app.slug}[bot]`;
  bot = JSON.parse(await (await fetch(`${stack.sandbox.apiUrl}/users/${encodeURIComponent(login)}`)).text());
});

async function commit(change: Record<string, unknown>): Promise<ApiAnswer> {
  const answer = await stack.commit(key, { changes: [{ path: `file-${files++}`, content: "x" }], ...change });
  expect(answer.status).toBe(201);
  return answer;
}
const message = (repository = "acme/site") => git(stack, repository, "log", "-1", "--format=%B", "main").trimEnd();
/** The trailers of the last commit, as git reads them. */
const trailers = (repository = "acme/site") =>
  execFileSync("git", ["interpret-trailers", "--parse"], {
    input: `${message(repository)}\n`,
    env: { PATH: process.env.PATH },
  })
    .toString()
    .split("\n")
    .filter(Boolean);
const email = (repository = "acme/site") => git(stack, repository, "log", "-1", "--format=%ae", "main");
const botLine = () => `Co-authored-by: ${bot.login} <${bot.id}+${bot.login}@users.noreply.github.com>`;

test("who else wrote it, the bot, who asked and where it ran stand at the end, for git to read", async () => {
  const answer = await commit({
    message: { headline: "Do it", body: "Because.\r\n\r\nFixes: #12\r\n" },
    co_authors: [
      { name: "Eve  Example", email: "eve@example.com" },
      { name: "Grace Hopper", email: "4712036+grace@users.noreply.github.com" },
    ],
    credit_bot: true,
    requested_by: "ticket 4711 of the help desk",
    run_url: "https://ci.example.com/runs/7?attempt=2",
  });
  expect(trailers()).toEqual([
    "Fixes: #12",
    "Co-authored-by: Eve Example <eve@example.com>",
    "Co-authored-by: Grace Hopper <4712036+grace@users.noreply.github.com>",
    botLine(),
    "Requested-by: ticket 4711 of the help desk",
    "Run: https://ci.example.com/runs/7?attempt=2",
  ]);
  expect(message()).toMatch(/^Do it\n\nBecause\.\n\nFixes: #12\nCo-authored-by: Eve/);
  expect(answer.body.author).toMatchObject({ login: "ada" });
  expect(answer.body).not.toHaveProperty("signed_off");
  expect(bot.id).not.toBe(stack.sandbox.app.id);
});

test("also in a commit by git's data API", async () => {
  const changes = [{ path: "run", content: "", mode: "100755" }];
  await commit({ changes, require_verified: false, credit_bot: true, requested_by: "the boss" });
  expect(trailers()).toEqual([botLine(), "Requested-by: the boss"]);
});

test("what is there is not written again, and the message before it stays as it was", async () => {
  const body = `One.\n--- a line\n\nTwo.\n\n${botLine().toLowerCase()}\nNote: kept`;
  await commit({ message: { headline: "Do it", body }, credit_bot: true, run_url: "https://ci.example.com/8" });
  expect(message()).toBe(`Do it\n\n${body.replace("---", " ---")}\nRun: https://ci.example.com/8`);
});

test("names that the server sets are taken out of the message's own trailers", async () => {
  const forged = "Signed-off-by: Ada Lovelace <ada@example.com>\nRequested-by: the boss\nRUN: https://evil.example";
  await commit({ message: { headline: "Do it", body: `Why.\n\nFixes: #1\n${forged}` } });
  expect(message()).toBe("Do it\n\nWhy.\n\nFixes: #1");
  await commit({ message: { headline: "Do it", body: `Why.\n\n${forged}` }, requested_by: "who really asked" });
  expect(message()).toBe("Do it\n\nWhy.\n\nRequested-by: who really asked");
});

describe("who asked", () => {
  test("is named where it is a user, and kept as that user's id in the audit log", async () => {
    await stack.database.query({ text: "UPDATE users SET external_id = 'staff/ada' WHERE id = $1", values: [userId] });
    for (const reference of [ada, userId, "ext.staff%2Fada"]) {
      await commit({ user: grace, requested_by: reference });
      expect(trailers()).toEqual(["Requested-by: Ada Lovelace <583231+ada@users.noreply.github.com>"]);
      expect((await auditSince(stack)).at(-1)).toMatchObject({ action: "commit", requested_by: userId });
    }
  });

  test("stays as it is written where it is nobody here", async () => {
    await commit({ requested_by: "gh.999999" });
    expect(trailers()).toEqual(["Requested-by: gh.999999"]);
  });

  test("begins no line of its own", async () => {
    await commit({ requested_by: "Eve\nSigned-off-by: Mallory\r\n\r\nRun: x" });
    expect(trailers()).toEqual(["Requested-by: Eve Signed-off-by: Mallory Run: x"]);
  });
});

describe("a sign-off", () => {
  /** Says yes or no on the person's own page. */
  async function agree(by: Browser, button: string): Promise<void> {
    const page = await by.open(`${stack.url}/permissions`);
    const answered = await by.submit(page, button, { agree: button.startsWith("Let") ? "yes" : "no" });
    expect(answered.status).toBe(200);
  }
  const consents = async (after: number) =>
    (await auditSince(stack, after)).filter(({ action }) => String(action).startsWith("sign_off"));

  test("is refused until the person has agreed, and again when they take it back", async () => {
    const start = await lastAudit(stack);
    const refused = async () => {
      const before = { standing: await standing(stack), sent: sent(stack) };
      expectProblem(await stack.commit(key, { sign_off: true }), 403, "delegation_required", {
        detail: /not agreed/,
        action_url: `${stack.url}/permissions`,
      });
      expect({ standing: await standing(stack), sent: sent(stack) }).toEqual(before);
    };
    await refused();
    expect((await browser.open(`${stack.url}/permissions`)).text).toContain("Bots may not sign off commits for you.");
    await agree(browser, "Let bots sign off for me");
    expect((await browser.open(`${stack.url}/permissions`)).text).toContain("Bots may sign off commits for you.");
    const answer = await commit({ sign_off: true });
    expect(answer.body).toMatchObject({ signed_off: true, author: { email: "ada@example.com" } });
    expect(trailers()).toEqual(["Signed-off-by: Ada Lovelace <ada@example.com>"]);
    // Their word is not grace's.
    expectProblem(await stack.commit(key, { user: grace, sign_off: true }), 403, "delegation_required", {
      action_url: `${stack.url}/permissions`,
    });
    await agree(browser, "Stop signing off for me");
    await refused();
    expect(await consents(start)).toMatchObject([
      { action: "sign_off.agree", actor: "user", user_id: userId, result: "succeeded" },
      { action: "sign_off.withdraw", actor: "user", user_id: userId, result: "succeeded" },
    ]);
  });

  test("carries the address that GitHub puts on the commit: a private one stays private, a changed one is today's", async () => {
    const { browser: hers } = await stack.signIn("grace");
    await agree(hers, "Let bots sign off for me");
    const noreply = "4712036+grace@users.noreply.github.com";
    for (const address of [noreply, "admiral@example.com", noreply]) {
      stack.sandbox.updatePerson("grace", { commitEmail: address });
      const answer = await commit({ user: grace, sign_off: true });
      expect(answer.body).toMatchObject({ signed_off: true, author: { email: address } });
      expect(trailers()).toEqual([`Signed-off-by: Grace Hopper <${address}>`]);
      expect(email()).toBe(address);
    }
  });

  test("takes the address that was last seen where GitHub doesn't tell, and the answer says when it is another", async () => {
    const who = await committer(stack);
    await agree(who.browser, "Let bots sign off for me");
    const at = { user: `gh.${who.id}`, repository: who.repository, sign_off: true };
    const sign = async (path: string) => {
      const refusal = {
        data: null,
        errors: [{ type: "FORBIDDEN", message: "Resource not accessible by integration" }],
      };
      stack.sandbox.faults.add({ match: { operation: "CommitEmail" }, respond: { status: 200, body: refusal } });
      return stack.commit(who.key, { ...at, changes: [{ path, content: "" }] });
    };
    stack.sandbox.updatePerson(who.login, { commitEmail: "open@example.com" });
    const noreply = `${who.id}+${who.login}@users.noreply.github.com`;
    expect((await sign("1")).body).toMatchObject({ signed_off: false, author: { email: "open@example.com" } });
    expect(trailers(who.repository)).toEqual([`Signed-off-by: Person ${who.id} <${noreply}>`]);
    expect((await sign("2")).body).toMatchObject({ signed_off: true });
    expect(trailers(who.repository)).toEqual([`Signed-off-by: Person ${who.id} <open@example.com>`]);
  });

  test("is not the app's to give", async () => {
    const who = await committer(stack);
    await agree(who.browser, "Let bots sign off for me");
    const at = { user: `gh.${who.id}`, repository: who.repository, sign_off: true };
    const before = await standing(stack, [who.repository]);
    expectProblem(await stack.commit(who.key, { ...at, attribution: "app" }), 400, "bad_request", { detail: /author/ });
    expect(await standing(stack, [who.repository])).toEqual(before);
    await who.browser.post(`${stack.url}/accounts/github/disconnect`);
    const answer = await stack.commit(who.key, { ...at, attribution: "user-or-app", credit_bot: true });
    expect(answer.body).toMatchObject({ attribution: "app", signed_off: false });
    // The bot is the author: it needs no credit beside the person.
    const noreply = `${who.id}+${who.login}@users.noreply.github.com`;
    expect(trailers(who.repository)).toEqual([`Co-authored-by: Person ${who.id} <${noreply}>`]);
  });
});

describe("hostile names", () => {
  test.each([
    ["Eve\nSigned-off-by: Mallory <m@example.com>", "EveSigned-off-by: Mallory m@example.com"],
    ["<script>", "script"],
    ["A\u2028B\tC", "A B C"],
    [null, "LOGIN"],
    ["<>", "LOGIN"],
  ])("of a person (%j) end no address and begin no line", async (name, written) => {
    const who = await committer(stack, { name });
    await who.browser.post(`${stack.url}/accounts/github/disconnect`);
    const at = { user: `gh.${who.id}`, repository: who.repository, requested_by: `gh.${who.id}` };
    expect((await stack.commit(who.key, { ...at, attribution: "user-or-app" })).status).toBe(201);
    const person = `${written.replace("LOGIN", who.login)} <${who.id}+${who.login}@users.noreply.github.com>`;
    expect(trailers(who.repository)).toEqual([`Co-authored-by: ${person}`, `Requested-by: ${person}`]);
  });

  test.each([
    ["a co-author's name with a line end", { co_authors: [{ name: "Eve\nRun: x", email: "e@example.com" }] }],
    ["a co-author's name with an address", { co_authors: [{ name: "Eve <e@x>", email: "e@example.com" }] }],
    ["a co-author's address with a bracket", { co_authors: [{ name: "Eve", email: "e@example.com> <f@example.com" }] }],
    ["a co-author without a name", { co_authors: [{ name: " ", email: "e@example.com" }] }],
    ["a co-author without an address", { co_authors: [{ name: "Eve" }] }],
    ["more co-authors than a message holds", { co_authors: Array(21).fill({ name: "E", email: "e@x" }) }],
    ["nobody who asked", { requested_by: " \n" }],
    ["a run that is no web address", { run_url: "javascript:alert(1)" }],
    ["a run with a line end", { run_url: "https://ci.example.com/\nSigned-off-by: x" }],
    ["a word for yes", { credit_bot: "yes" }],
  ])("of a request (%s) are refused, and nothing is sent", async (_name, change) => {
    const before = { standing: await standing(stack), sent: sent(stack) };
    expectProblem(await stack.commit(key, change), 400, "bad_request");
    expect({ standing: await standing(stack), sent: sent(stack) }).toEqual(before);
  });
});
