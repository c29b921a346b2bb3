import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { endDelegation } from "../../src/actions/delegations/end-delegation.ts";
import { hashSecret } from "../../src/actions/sign-in/secrets.ts";
import { Problem } from "../../src/errors.ts";
import { readTogether } from "../../src/store/authorities.ts";
import { sent, standing } from "../harness/history.ts";
import { expectProblem } from "../harness/problem.ts";
import type { ApiAnswer } from "../harness/stack.ts";
import { useStack } from "../harness/use-stack.ts";

const ada = "gh.583231";
const stack = useStack();
let key: string;

beforeAll(async () => {
  await stack.connect("ada");
  key = (await stack.bot("deploy-bot")).key;
  await stack.delegate(ada, "deploy-bot", ["acme/*"], ["main", "agents/*"], ["commit", "pull-request"]);
});

const wish = { user: ada, repositories: ["acme/site"], capabilities: ["commit"], expires_in: 3600 };
const ask = (change: Record<string, unknown> = {}, by = key) =>
  stack.call("POST", "/api/v1/passes", { key: by, body: { ...wish, ...change } });
const made = async (change: Record<string, unknown> = {}, by = key): Promise<{ id: string; pass: string }> => {
  const answer = await ask(change, by);
  expect(answer.status).toBe(201);
  return { id: String(answer.body.id), pass: String(answer.body.pass) };
};
const refusedAndUntouched = async (act: () => Promise<ApiAnswer>, status: number, code: string, detail?: RegExp) => {
  const before = { standing: await standing(stack), requests: sent(stack) };
  const answer = await act();
  const { action_url, ...body } = answer.body;
  const leadsOn = ["delegation_required", "account_revoked"].includes(code);
  expect(typeof action_url).toBe(leadsOn ? "string" : "undefined");
  expectProblem({ ...answer, body }, status, code, detail ? { detail } : {});
  expect(sent(stack)).toBe(before.requests);
  expect(await standing(stack)).toEqual(before.standing);
};

describe("a pass", () => {
  test("commits as its person, and says for whom and in which run in the audit log", async () => {
    const run = { requested_by: "ticket-7", run_url: "https://ci.example.com/runs/7" };
    const answer = await ask({ repositories: ["Acme/Site"], ...run });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      id: expect.any(String),
      pass: expect.stringMatching(/^obp_[A-Za-z0-9_-]{43}$/),
      expires_at: expect.any(String),
    });
    const commit = await stack.commit(String(answer.body.pass), { requested_by: "somebody-else" });
    expect(commit.status).toBe(201);
    expect(commit.body).toMatchObject({ verified: true, author: { login: "ada" } });
    const { rows } = await stack.database.query({
      text: "SELECT action, requested_by, run_url FROM audit_events WHERE pass_id = $1 ORDER BY id",
      values: [answer.body.id],
    });
    const told = { requested_by: run.requested_by, run_url: run.run_url };
    expect(rows).toEqual([
      { action: "pass.create", ...told },
      { action: "commit", ...told },
    ]);
  });

  test("is stored as a hash alone", async () => {
    const { pass } = await made();
    const { rows } = await stack.database.query({ text: "SELECT p::text AS row FROM passes p", values: [] });
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(pass.slice(4));
  });

  test("gives its person's git identity", async () => {
    const { pass } = await made();
    const path = `/api/v1/users/${ada}/git-identity`;
    expect(await stack.call("GET", path, { key: pass })).toMatchObject({ status: 200 });
    await stack.connect("grace");
    expectProblem(await stack.call("GET", "/api/v1/users/gh.4712036/git-identity", { key: pass }), 403, "pass_scope");
  });

  test.each<[string, Record<string, unknown>]>([
    ["another user", { user: "gh.4712036" }],
    ["a user that there isn't", { user: "gh.99999999" }],
    ["another repository that the delegation covers", { repository: "acme/secret" }],
    ["a repository that only a pattern would reach", { repository: "acme/site2" }],
    ["another branch that the delegation covers", { branch: "main" }],
    ["a branch that only looks alike", { branch: "agents" }],
    ["another path", { changes: [{ path: "hello.txt", content: "x" }] }],
    [
      "one more path",
      {
        changes: [
          { path: "docs/a", content: "x" },
          { path: "hello.txt", delete: true },
        ],
      },
    ],
    ["a pull request, for which it lacks the capability", { pull_request: { title: "A" } }],
  ])("is refused for %s, and nothing is sent", async (_what, change) => {
    const { pass } = await made({ branches: ["agents/*"], paths: ["docs/*"] });
    const within = { branch: "agents/one", base: "main", changes: [{ path: "docs/a", content: "a" }] };
    await refusedAndUntouched(() => stack.commit(pass, { ...within, ...change }), 403, "pass_scope");
  });

  test("commits within its branches and paths", async () => {
    const { pass } = await made({ branches: ["agents/*"], paths: ["docs/*"] });
    const change = { branch: "agents/two", base: "main", changes: [{ path: "docs/deep/a", content: "a" }] };
    expect((await stack.commit(pass, change)).status).toBe(201);
  });

  test("makes and ends no passes, and is no key for anything else", async () => {
    const { id, pass } = await made();
    expectProblem(await ask({}, pass), 403, "key_kind");
    expectProblem(await stack.call("DELETE", `/api/v1/passes/${id}`, { key: pass }), 403, "key_kind");
  });

  test("that nobody made is no key", async () => {
    expectProblem(await stack.commit(`obp_${"x".repeat(43)}`), 401, "key_invalid");
  });

  test("is refused where its name belongs to another repository by now", async () => {
    await stack.sandbox.addRepository("acme/moving", { private: false });
    const { pass } = await made({ repositories: ["acme/moving"] });
    stack.sandbox.renameRepository("acme/moving", "acme/moved");
    await stack.sandbox.addRepository("acme/moving", { private: false });
    const places = ["acme/moving", "acme/moved"];
    const before = await standing(stack, places);
    const answer = await stack.commit(pass, { repository: "acme/moving" });
    expectProblem(answer, 403, "pass_scope", { detail: /renamed, moved/ });
    expect(await standing(stack, places)).toEqual(before);
  });
});

describe("a pass ends", () => {
  let bot: { name: string; key: string };
  let count = 0;
  let delegation: string;
  let pass: { id: string; pass: string };
  let other: string;
  beforeAll(async () => {
    other = (await stack.replica()).url;
  });
  beforeEach(async () => {
    count++;
    bot = await stack.bot(`bot-${count}`);
    delegation = await stack.delegate(ada, bot.name, ["acme/site"]);
    pass = await made({}, bot.key);
    expect((await stack.commit(pass.pass)).status).toBe(201);
  });
  const over = async (code = "pass_scope") => {
    for (const url of [stack.url, other]) {
      await refusedAndUntouched(() => stack.commit(pass.pass, {}, { url }), 403, code);
    }
  };

  test("when its bot ends it, twice without a fault", async () => {
    for (const _time of ["first", "second"]) {
      expect((await stack.call("DELETE", `/api/v1/passes/${pass.id}`, { key: bot.key })).status).toBe(204);
    }
    await over();
  });

  test("not by another bot", async () => {
    expectProblem(await stack.call("DELETE", `/api/v1/passes/${pass.id}`, { key }), 404, "not_found");
    expect((await stack.commit(pass.pass)).status).toBe(201);
  });

  test("at its end", async () => {
    await stack.database.query({ text: "UPDATE passes SET expires_at = now() WHERE id = $1", values: [pass.id] });
    await over();
  });

  test("with its delegation, for good", async () => {
    await endDelegation(stack, { id: delegation });
    await over("delegation_required");
    await stack.delegate(ada, bot.name, ["acme/site"]);
    await over("delegation_required");
  });

  test("with the bot's key", async () => {
    await stack.database.query({
      text: "UPDATE keys SET revoked_at = now() WHERE bot_id = (SELECT bot_id FROM passes WHERE id = $1)",
      values: [pass.id],
    });
    await over();
  });

  test("with its user", async () => {
    const set = (status: string) =>
      stack.database.query({
        text: "UPDATE users SET status = $1 WHERE id = (SELECT user_id FROM passes WHERE id = $2)",
        values: [status, pass.id],
      });
    await set("deactivated");
    for (const url of [stack.url, other])
      expectProblem(await stack.commit(pass.pass, {}, { url }), 404, "user_not_found");
    await set("active");
  });

  test("with its account, for good, also when the person connects again", async () => {
    const { browser } = await stack.signIn("ada");
    const accounts = await browser.open(`${stack.url}/accounts`);
    await browser.submit(accounts, "Disconnect");
    await over("account_revoked");
    await stack.connect("ada");
    await over();
  });
});

describe("the wish for a pass", () => {
  test.each<[string, Record<string, unknown>, number, string]>([
    ["a minute too short", { expires_in: 59 }, 400, "bad_request"],
    ["longer than eight hours", { expires_in: 28_801 }, 400, "bad_request"],
    ["without a repository", { repositories: [] }, 400, "bad_request"],
    ["with a pattern", { repositories: ["acme/*"] }, 400, "bad_request"],
    ["with a field that there isn't", { branch: "main" }, 400, "unknown_field"],
    ["with capabilities without end", { capabilities: Array(7).fill("commit") }, 400, "bad_request"],
    ["for a login", { user: "@ada" }, 400, "bad_request"],
    ["with a branch that git refuses", { branches: ["a b"] }, 400, "bad_request"],
    ["beyond the delegation's repositories", { repositories: ["acme/site", "ada/notes"] }, 403, "delegation_required"],
    ["beyond the delegation's branches", { branches: ["agents/*", "release"] }, 403, "delegation_required"],
    ["for every branch, where some are delegated", { branches: ["*"] }, 403, "delegation_required"],
    ["beyond the delegation's capabilities", { capabilities: ["commit", "push"] }, 403, "delegation_required"],
    ["for a person that there isn't", { user: "gh.99999999" }, 404, "user_not_found"],
  ])("is refused %s", async (_what, change, status, code) => {
    await refusedAndUntouched(() => ask(change), status, code);
  });

  test("is refused for a repository that the person can't see", async () => {
    expectProblem(await ask({ repositories: ["acme/nowhere"] }), 404, "repository_not_found");
  });

  test("is cut to the delegation's end", async () => {
    const bot = await stack.bot("short-bot");
    const delegation = await stack.delegate(ada, bot.name, ["acme/site"]);
    const { rows } = await stack.database.query<{ ends_at: Date }>({
      text: "UPDATE delegations SET ends_at = now() + interval '10 minutes' WHERE id = $1 RETURNING ends_at",
      values: [delegation],
    });
    const answer = await ask({}, bot.key);
    expect(answer.body.expires_at).toBe(rows[0]?.ends_at.toISOString());
  });
});

describe("passes that are used at once", () => {
  /** A database whose statements wait at a gate, each counted when it comes there. */
  const gated = () => {
    const gate = Promise.withResolvers<void>();
    const counted = { statements: 0 };
    const query: typeof stack.database.query = async (statement) => {
      counted.statements += 1;
      await gate.promise;
      return stack.database.query(statement);
    };
    return { counted, open: gate.resolve, fail: gate.reject, read: readTogether({ ...stack.database, query }) };
  };
  const by = (pass: string) =>
    ({ credential: { kind: "pass", hash: hashSecret(pass) }, user: null, provider: "github" }) as const;

  test("share a statement that begins after all of them came, and each gets its own answer", async () => {
    const passes = await Promise.all([made(), made(), made(), made()]);
    const { read, open, counted } = gated();
    const [one, two, three, four] = passes;
    if (!one || !two || !three || !four) throw new Error("four were made");
    const reading = [one, two, three, three, four].map(({ pass }) => read(by(pass)));
    reading.push(read(by("obp_nobody")));
    expect(counted.statements).toBe(1);
    const ended = await stack.call("DELETE", `/api/v1/passes/${four.id}`, { key });
    expect(ended.status).toBe(204);
    open();
    const answers = (await Promise.all(reading)).map((authority) => authority?.pass);
    expect(answers.map((pass) => pass?.id)).toEqual([one.id, two.id, three.id, three.id, four.id, undefined]);
    expect(answers.map((pass) => pass?.live)).toEqual([true, true, true, true, false, undefined]);
    expect(counted.statements).toBe(2);
  });

  test("fail together when the database is away, without another attempt for those that waited", async () => {
    const { pass } = await made();
    const { read, fail, counted } = gated();
    const reading = Array.from({ length: 5 }, () => read(by(pass)));
    fail(new Problem("database_unavailable", "It is away."));
    const outcomes = await Promise.allSettled(reading);
    expect(outcomes.map(({ status }) => status)).toEqual(Array(5).fill("rejected"));
    expect(counted.statements).toBe(1);
  });
});
