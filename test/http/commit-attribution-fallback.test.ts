import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { attributed } from "../harness/attributed.ts";
import { git, sent, standing } from "../harness/history.ts";
import type { Committer } from "../harness/people.ts";
import { expectProblem } from "../harness/problem.ts";
import type { ApiAnswer } from "../harness/stack.ts";
import { auditSince, lastAudit } from "../harness/stored.ts";
import { age } from "../harness/stored-account.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
/** A replica with ENABLE_GITHUB_USER_TOKENS=false. */
let off: string;

beforeAll(async () => {
  off = (await stack.replica({ ENABLE_GITHUB_USER_TOKENS: "false" })).url;
});
afterEach(() => {
  stack.sandbox.faults.clear();
  stack.sandbox.switches.samlOrganizations = [];
  stack.sandbox.switches.emptyCommits = true;
});

const { person, commit, bot, show } = attributed(stack);
const count = ({ repository }: { repository: string }) => Number(git(stack, repository, "rev-list", "--count", "main"));
const asked = (before: number, path: RegExp) =>
  stack.sandbox.requests.slice(before).filter((one) => path.test(one.path));

/** That nobody tried to act as the app. */
function expectNoApp(before: number): void {
  expect(asked(before, /access_tokens|collaborators/)).toEqual([]);
}

describe("as the person, or else as the app", () => {
  test("the person it is, where that can be", async () => {
    const ada = await person();
    const before = sent(stack);
    const answer = await commit(ada, "user-or-app", {
      pull_request: { title: "Look", attribution: "user-or-app" },
      branch: "b",
      base: "main",
    });
    expect(answer.body).toMatchObject({ attribution: "user", pull_request: { attribution: "user" } });
    expect(JSON.stringify(answer.body)).not.toContain("fallback_reason");
    expectNoApp(before);
  });

  const reasons: [string, (who: Committer) => Promise<unknown> | unknown, { url?: () => string }][] = [
    ["user_tokens_disabled", () => undefined, { url: () => off }],
    ["account_revoked", ({ browser }) => browser.post(`${stack.url}/accounts/github/disconnect`), {}],
    [
      "account_suspect",
      async ({ userId }) => {
        await age(stack, userId, "expired");
        await stack.database.query({
          text: "UPDATE user_external_accounts SET suspect_until = now() + interval '5 minutes' WHERE user_id = $1",
          values: [userId],
        });
      },
      {},
    ],
    ["sso_required", ({ login }) => stack.sandbox.switches.samlOrganizations.push(login), {}],
    [
      "provider_rejected",
      ({ login }) =>
        stack.sandbox.faults.add({
          match: { path: /graphql|repos/, login },
          respond: { status: 401, body: {} },
          times: 20,
        }),
      {},
    ],
    [
      "not_connected",
      async ({ userId }) => {
        // As after a sign-in alone.
        await stack.database.query({ text: "DELETE FROM user_external_accounts WHERE user_id = $1", values: [userId] });
      },
      {},
    ],
  ];

  test.each(reasons)(
    "with reason %s it is the app, the person is co-author, and nobody is told otherwise",
    async (code, happen, how) => {
      const ada = await person();
      await happen(ada);
      const before = await lastAudit(stack);
      const options = how.url ? { url: how.url() } : {};
      const wish = { title: "Look", attribution: "user-or-app" };
      const answer = await commit(ada, "user-or-app", { branch: "b", base: "main", pull_request: wish }, options);
      expect(answer.status).toBe(201);
      expect(answer.body).toMatchObject({
        attribution: "app",
        fallback_reason: code,
        author: { name: bot() },
        pull_request: { attribution: "app", fallback_reason: code, created: true },
      });
      const message = git(stack, ada.repository, "log", "-1", "--format=%an|%B", "b").trim();
      expect(message).toBe(
        `${bot()}|Say hello\n\nCo-authored-by: Person ${ada.id} <${ada.id}+${ada.login}@users.noreply.github.com>`,
      );
      expect(await auditSince(stack, before)).toMatchObject([
        {
          action: "commit",
          attribution: "app",
          result: "succeeded",
          detail: { fallback_reason: code },
          user_id: ada.userId,
        },
        { action: "pull_request", attribution: "app", result: "succeeded", detail: { fallback_reason: code } },
      ]);
      // Asked for the person alone, it is refused.
      const refused = await commit(ada, "user", {}, options);
      expect(refused.body.code).toBe(code);
      expect(count(ada)).toBe(1);
    },
  );

  /** Refused for a reason that is no lost token: the app is not even asked for. */
  async function refusedAlone(
    who: Committer,
    change: Record<string, unknown>,
    status: number,
    code: string,
  ): Promise<ApiAnswer> {
    const before = { standing: await standing(stack, ["acme/site", who.repository]), sent: sent(stack) };
    const answer = await commit(who, "user-or-app", change);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expectNoApp(before.sent);
    expect(await standing(stack, ["acme/site", who.repository])).toEqual(before.standing);
    return answer;
  }

  test("a repository or branch that the person has not permitted is no reason", async () => {
    await refusedAlone(await person(), { repository: "acme/site" }, 403, "delegation_required");
  });

  test("a repository that the person may not write to is no reason", async () => {
    const who = await person();
    await stack.delegate(`gh.${who.id}`, `bot-of-${who.login}`, ["acme/*"]);
    await refusedAlone(who, { repository: "acme/site" }, 403, "no_write_access");
  });

  test("a missing branch, a moved head, a limit and an outage are none", async () => {
    const who = await person();
    await refusedAlone(who, { branch: "nowhere" }, 404, "branch_not_found");
    await refusedAlone(who, { expected_head: "ab".repeat(20) }, 409, "head_moved");
    const match = { login: who.login };
    stack.sandbox.faults.add({ match, respond: { status: 502, body: "" }, times: 9 });
    await refusedAlone(who, {}, 503, "provider_unavailable");
    stack.sandbox.faults.clear();
    const limited = { status: 429, headers: { "retry-after": "300" }, body: { message: "rate limit" } };
    stack.sandbox.faults.add({ match, respond: limited });
    await refusedAlone(who, {}, 429, "rate_limited");
  });

  test("what GitHub has against the change itself is none", async () => {
    const who = await person();
    stack.sandbox.switches.emptyCommits = false;
    await refusedAlone(who, { changes: [{ path: "README.md", content: "Notes\n" }] }, 502, "provider_rejected");
  });
});

describe("a commit whose answer was lost keeps the name that it carries", () => {
  const mutation = "createCommitOnBranch";

  test.each([true, false])("the person's, when their token ends before it is found; head known: %s", async (known) => {
    const ada = await person();
    const before = await lastAudit(stack);
    stack.sandbox.faults.add({ match: { operation: mutation }, dropAfterHandling: true });
    stack.sandbox.faults.add({
      match: { path: "/api/graphql", login: ada.login },
      respond: { status: 401, body: {} },
      times: 9,
    });
    // The first request that is a mutation is lost; reading the head comes before it.
    if (!known) {
      stack.sandbox.faults.clear();
      stack.sandbox.faults.add({ match: { operation: mutation }, dropAfterHandling: true });
      stack.sandbox.faults.add({
        match: { operation: mutation, login: ada.login },
        respond: { status: 401, body: {} },
        times: 9,
      });
    }
    const change = known ? { expected_head: stack.sandbox.repository(ada.repository).head() } : {};
    const answer = await commit(ada, "user-or-app", change);
    expect(answer.body).toMatchObject({ attribution: "user", author: { login: ada.login } });
    expect(answer.body).not.toHaveProperty("fallback_reason");
    expect(count(ada)).toBe(2);
    expect(show(ada, "%an|%B")).toBe(`Person ${ada.id}|Say hello`);
    expect(await auditSince(stack, before)).toMatchObject([{ attribution: "user", result: "succeeded" }]);
  });

  test("the app's, when the person's token works again before it is found", async () => {
    const ada = await person();
    const headers = { "idempotency-key": `lost-${ada.id}` };
    // As the app GitHub commits, and no answer arrives; then nothing does.
    stack.sandbox.faults.add({ match: { operation: mutation, login: "installation" }, dropAfterHandling: true });
    stack.sandbox.faults.add({ match: { operation: mutation, login: "installation" }, dropBefore: true, times: 2 });
    expectProblem(await commit(ada, "user-or-app", {}, { url: off, headers }), 503, "provider_unavailable");
    const answer = await commit(ada, "user-or-app", {}, { headers });
    expect(answer.body).toMatchObject({
      oid: stack.sandbox.repository(ada.repository).head(),
      attribution: "app",
      fallback_reason: "user_tokens_disabled",
      author: { name: bot() },
    });
    expect(count(ada)).toBe(2);
    expect((await auditSince(stack)).at(-1)).toMatchObject({ attribution: "app", result: "succeeded" });
    // The person is not known by the app's address from now on.
    expect((await commit(ada, "user")).body.author).toMatchObject({ login: ada.login });
  });
});
