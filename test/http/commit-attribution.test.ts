import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { attributed } from "../harness/attributed.ts";
import { refs, standing } from "../harness/history.ts";
import { type Committer, newcomer } from "../harness/people.ts";
import { expectProblem } from "../harness/problem.ts";
import { accountOf, auditSince, lastAudit } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
/** A replica with ENABLE_GITHUB_USER_TOKENS=false. */
let off: string;

beforeAll(async () => {
  off = (await stack.replica({ ENABLE_GITHUB_USER_TOKENS: "false" })).url;
});
afterEach(() => {
  stack.sandbox.faults.clear();
});

const { person, commit, bot, show } = attributed(stack);

describe("as the app", () => {
  test("the app's bot is the author, GitHub the committer, and the answer and the audit log say so", async () => {
    const ada = await person();
    const used = (await accountOf(stack, ada.userId))?.last_used_at;
    const before = await lastAudit(stack);
    const answer = await commit(ada, "app");
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      attribution: "app",
      verified: true,
      transport: "graphql",
      author: { login: null, name: bot() },
    });
    expect(answer.body).not.toHaveProperty("fallback_reason");
    const email = Object(answer.body.author).email;
    expect(email).toMatch(/^\d+\+[\w-]+\[bot\]@users\.noreply\.github\.com$/);
    expect(show(ada, "%an <%ae>|%cn|%B")).toBe(`${bot()} <${email}>|GitHub|Say hello`);
    expect(await auditSince(stack, before)).toMatchObject([
      {
        action: "commit",
        result: "succeeded",
        attribution: "app",
        user_id: ada.userId,
        detail: { oid: answer.body.oid },
      },
    ]);
    expect((await accountOf(stack, ada.userId))?.last_used_at).toBe(used);
  });

  test("an executable is committed by git's data API, and GitHub signs for its app", async () => {
    const ada = await person();
    const changes = [{ path: "run", content: "#!/bin/sh\n", mode: "100755" }];
    const answer = await commit(ada, "app", { changes, require_verified: false });
    expect(answer.body).toMatchObject({ attribution: "app", transport: "git-data", author: { name: bot() } });
    expect(show(ada, "%an")).toBe(bot());
  });

  test("what a person has disconnected is no hindrance, and neither is acting switched off", async () => {
    const ada = await person();
    await ada.browser.post(`${stack.url}/accounts/github/disconnect`);
    expectProblem(await commit(ada, "user"), 403, "account_revoked", { action_url: `${stack.url}/accounts` });
    expect((await commit(ada, "app")).body).toMatchObject({ attribution: "app" });
    expect((await commit(ada, "app", {}, { url: off })).body).toMatchObject({ attribution: "app" });
  });

  test("a repository that is archived, and a branch that is protected, are so for the app, too", async () => {
    const ada = await person();
    stack.sandbox.updateRepository(ada.repository, { protectedBranches: ["main"] });
    const before = refs(stack, ada.repository);
    expectProblem(await commit(ada, "app"), 422, "branch_protected", { detail: /pull request/ });
    stack.sandbox.updateRepository(ada.repository, { protectedBranches: [], archived: true });
    expectProblem(await commit(ada, "app"), 422, "repository_archived", { detail: /unarchive/ });
    expect(refs(stack, ada.repository)).toBe(before);
  });
});

test("what GitHub has against the app's commit is not put down to the person", async () => {
  const ada = await person();
  const refusal = { data: null, errors: [{ type: "FORBIDDEN", message: "Commits are paused." }] };
  const shown = { permissions: { admin: false, push: false, pull: false } };
  stack.sandbox.faults.add({ match: { operation: "createCommitOnBranch" }, respond: { status: 200, body: refusal } });
  stack.sandbox.faults.add({ match: { path: `/repos/${ada.repository}` }, respond: { status: 200, body: shown } });
  expectProblem(await commit(ada, "app"), 502, "provider_rejected", { detail: /Commits are paused/ });
});

describe("the app gets no further than the person", () => {
  /** Refused with nothing changed, asked for outright and as a fallback. */
  async function refusedAsApp(
    who: Committer,
    change: Record<string, unknown>,
    status: number,
    code: string,
    also: Parameters<typeof expectProblem>[3] = {},
  ): Promise<void> {
    const before = await standing(stack, ["acme/site", "acme/secret", who.repository]);
    const last = await lastAudit(stack);
    expectProblem(await commit(who, "app", change), status, code, also);
    const fallback = await commit(who, "user-or-app", change, { url: off });
    expectProblem(fallback, status, code, also);
    expect(await standing(stack, ["acme/site", "acme/secret", who.repository])).toEqual(before);
    expect(await auditSince(stack, last)).toMatchObject([
      { action: "commit", result: "failed", code },
      { action: "commit", result: "failed", code },
    ]);
  }

  test("where they only read, and where they see nothing", async () => {
    const who = await person();
    await stack.delegate(`gh.${who.id}`, `bot-of-${who.login}`, ["acme/*"]);
    await refusedAsApp(who, { repository: "acme/site" }, 403, "no_write_access", { detail: /acme\/site/ });
    const hidden = { detail: /There is no repository acme\/\w+, or the person can't see it/ };
    await refusedAsApp(who, { repository: "acme/secret" }, 404, "repository_not_found", hidden);
    await refusedAsApp(who, { repository: "acme/nothing" }, 404, "repository_not_found", hidden);
  });

  test("where the app is not installed, or suspended", async () => {
    const who = await person();
    stack.sandbox.setInstallation(who.login, []);
    const action_url = `${stack.sandbox.webUrl}/apps/${stack.sandbox.app.slug}/installations/new`;
    await refusedAsApp(who, {}, 403, "app_not_installed", { action_url, detail: /an owner of/ });
    stack.sandbox.setInstallation(who.login, "all");
    stack.sandbox.updateInstallation(who.login, { suspended: true });
    const settings = expect.stringMatching(/\/settings\/installations\/\d+$/);
    await refusedAsApp(who, {}, 403, "app_not_installed", { action_url: settings, detail: /suspended/ });
    stack.sandbox.updateInstallation(who.login, { suspended: false });
    expect((await commit(who, "app")).status).toBe(201);
  });

  test("where its owner has not given the app the permission", async () => {
    const all = {
      contents: "write",
      pull_requests: "write",
      issues: "write",
      workflows: "write",
      metadata: "read",
    } as const;
    const who = await person();
    stack.sandbox.updateApp({ permissions: { ...all, contents: "read" } });
    try {
      const action_url = expect.stringMatching(/\/settings\/installations\/\d+$/);
      await refusedAsApp(who, {}, 403, "no_write_access", { action_url, detail: /lacks a permission/ });
    } finally {
      stack.sandbox.updateApp({ permissions: all });
      for (const owner of ["acme", "ada", who.login])
        stack.sandbox.updateInstallation(owner, { acceptPermissions: true });
    }
    expect((await commit(who, "app")).status).toBe(201);
  });

  test("after a rename it is the person who is asked about, not who bears their old name", async () => {
    const who = await person();
    const other = newcomer(stack);
    await stack.delegate(`gh.${who.id}`, `bot-of-${who.login}`, ["acme/*"]);
    stack.sandbox.updatePerson(who.login, { login: `${who.login}-renamed` });
    const renamed = { ...who, repository: `${who.login}-renamed/notes` };
    await stack.delegate(`gh.${who.id}`, `bot-of-${who.login}`, [renamed.repository]);
    expect((await commit(renamed, "app")).body).toMatchObject({ attribution: "app" });
    // Somebody who may write takes the old name.
    stack.sandbox.updatePerson(other.login, { login: who.login });
    stack.sandbox.updateRepository("acme/site", { collaborators: { [who.login]: "write" } });
    await refusedAsApp(renamed, { repository: "acme/site" }, 403, "no_write_access");
  });

  test("for a user whom GitHub has never shown us", async () => {
    const who = await person();
    const { rows } = await stack.database.query<{ id: string }>({
      text: "INSERT INTO users (external_id) VALUES ('staff-7') RETURNING id",
    });
    await stack.delegate("ext.staff-7", `bot-of-${who.login}`, [who.repository]);
    await refusedAsApp(who, { user: rows[0]?.id }, 403, "not_connected", { action_url: `${stack.url}/accounts` });
  });

  test.each([
    ["fails", { status: 502, body: "<html>" }, 503, "provider_unavailable"],
    [
      "limits us",
      { status: 429, headers: { "retry-after": "600" }, body: { message: "rate limit" } },
      429,
      "rate_limited",
    ],
    [
      "limits us with 403",
      { status: 403, body: { message: "You have exceeded a secondary rate limit" } },
      429,
      "rate_limited",
    ],
  ])("when GitHub %s as the app asks for its token", async (_name, respond, status, code) => {
    const who = await person();
    const before = await standing(stack, [who.repository]);
    stack.sandbox.faults.add({ match: { path: /access_tokens$/ }, respond, times: 5 });
    expectProblem(await commit(who, "app"), status, code);
    expect(await standing(stack, [who.repository])).toEqual(before);
  });
});
