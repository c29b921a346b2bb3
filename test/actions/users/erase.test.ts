import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { freshToken } from "../../../src/actions/accounts/fresh-token.ts";
import { offerBot } from "../../../src/actions/bots/offer-bot.ts";
import { setCeiling } from "../../../src/actions/bots/set-ceiling.ts";
import { refuseBot } from "../../../src/actions/delegations/refuse-bot.ts";
import { eraseUser } from "../../../src/actions/users/erase-user.ts";
import { findKnownUser } from "../../../src/actions/users/find-known-user.ts";
import { liftTombstone } from "../../../src/actions/users/lift-tombstone.ts";
import { searchAllErased } from "../../../src/actions/users/search-erased.ts";
import { codeOf } from "../../harness/authorization.ts";
import { allHandled, deliver } from "../../harness/deliveries.ts";
import { holdRefreshes } from "../../harness/held-refresh.ts";
import { dumpDatabase, findLeaks } from "../../harness/leak-search.ts";
import { type Committer, committer, tokensAtGithub } from "../../harness/people.ts";
import type { ApiAnswer } from "../../harness/stack.ts";
import { rowsOf } from "../../harness/stored.ts";
import { age } from "../../harness/stored-account.ts";
import { useReplica } from "../../harness/use-replica.ts";
import { useStack } from "../../harness/use-stack.ts";

/*
 * What is left of a person who was erased: nothing that says who they were, wherever they had been named before.
 */

const person = { id: 583_779_161, login: "zelda-q", name: "Zelda Quimby", email: "zelda.quimby@example.net" };
const before = "zeldaq-old";
const names = [person.login, before, person.email, person.name, String(person.id), "zelda's platform id", "Zelda"];
const pseudonym = /^erased\.[0-9a-f]{12}$/;

const answers = holdRefreshes();
const stack = useStack();
const replica = useReplica(stack, { fetch: answers.fetch });
let userId: string;
let other: Committer;
let bystanders: Record<string, unknown>[];

beforeAll(async () => {
  stack.sandbox.addPerson({ ...person, login: before, emailPrivate: false });
  other = await committer(stack);
  await nameEverywhere();
});

const erase = (userId: string) => eraseUser(replica.services, { userId, by: { actor: "operator" } });
const leaks = async () => findLeaks(await dumpDatabase(stack.databaseUrl), [...names, ...stack.sandbox.issuedTokens()]);
const erasures = async () => (await rowsOf(stack, "erasures")).filter(({ user_id }) => user_id === userId);
const idOf = (text: unknown) => String(text ?? "");

/** Names the person in every place where somebody can be named. */
async function nameEverywhere(): Promise<void> {
  await stack.sandbox.addRepository(`${before}/notes`, {
    files: { "README.md": "x" },
    collaborators: { [other.login]: "write" },
    installed: true,
  });
  ({ userId } = await stack.connect(before));
  await stack.database.query({
    text: "UPDATE users SET external_id = 'zelda''s platform id' WHERE id = $1",
    values: [userId],
  });
  const { key } = await stack.bot("house-bot");
  await stack.delegate(userId, "house-bot", [`${before}/notes`]);
  expect((await keyed(key, { user: userId, repository: `${before}/notes` })).status).toBe(201);
  // They take another login: the audit log has the one of before.
  stack.sandbox.updatePerson(before, { login: person.login });
  await stack.signIn(person.login);
  const notes = `${person.login}/notes`;
  await stack.delegate(userId, "house-bot", [notes], [`${person.login}/*`]);
  await ownPass(key, notes);
  // Others work in their repository, for them, with them, and name them in what is refused for good.
  await stack.delegate(other.userId, `bot-of-${other.login}`, [notes, `${person.login}/*`, "acme/site"]);
  // A bot is offered there to everybody, which they refuse.
  const { id: botId } = await stack.bot("offered-bot");
  const scope = { repositories: [notes], branches: [], capabilities: ["commit"] };
  const by = { actor: "operator" } as const;
  await setCeiling(stack, { botId, ceiling: scope, by });
  await offerBot(stack, { botId, provider: "github", scope, by });
  await refuseBot(stack, { userId, botId, provider: "github", asked: scope });
  const asOther = (change: Record<string, unknown>) => keyed(other.key, { user: `gh.${other.id}`, ...change });
  const branch = { branch: `${person.login}/patch`, base: "main" };
  const coAuthors = [{ name: person.name, email: person.email }];
  const made = await asOther({
    repository: notes,
    ...branch,
    requested_by: `gh.${person.id}`,
    run_url: `https://ci.example/${person.login}/runs/1`,
    co_authors: coAuthors,
    message: { headline: "Thank Zelda", body: `Co-authored-by: ${person.name} <${person.email}>` },
  });
  expect(made.status).toBe(201);
  expect((await asOther({ repository: notes, branch: "none" })).status).toBe(404);
  // By a login nobody can be told from; and by an address that nobody knows here.
  for (const requestedBy of [`@${person.login}`, person.email, "ext.zelda's%20platform%20id"]) {
    await asOther({ repository: other.repository, requested_by: requestedBy });
  }
  await otherDeliveries();
  bystanders = (await rowsOf(stack, "audit_events")).filter(({ user_id }) => user_id === other.userId);
}

/** A pass for themselves, which names them wherever it can, by the login of today and of before. */
async function ownPass(key: string, repository: string): Promise<void> {
  await stack.delegate(userId, "house-bot", [repository], ["*"], ["api:read"]);
  const made = await stack.call("POST", "/api/v1/passes", {
    key,
    body: {
      user: userId,
      repositories: [repository],
      branches: [`${person.login}/*`, `${before}/*`],
      paths: [`home/${person.login}/**`],
      capabilities: ["api:read"],
      expires_in: 600,
      requested_by: `@${person.login}`,
      run_url: `https://ci.example/${before}/1`,
    },
  });
  expect(made.status).toBe(201);
}

async function keyed(key: string, change: Record<string, unknown>): Promise<ApiAnswer> {
  return stack.commit(key, change, { headers: { "idempotency-key": randomUUID() } });
}

/** Deliveries that name them: handled, and one that waits. */
async function otherDeliveries(): Promise<void> {
  const user = { id: person.id, login: person.login, email: person.email };
  await deliver(stack, "pull_request", {
    action: "opened",
    sender: { id: other.id, login: other.login },
    pull_request: { title: `Thanks, ${person.name}`, user, requested_reviewers: [user] },
  });
  stack.sandbox.setInstallation(person.login, "all");
  await allHandled(stack);
  stack.sandbox.faults.add({ match: { method: "POST", path: /\/token$/ }, times: 1, respond: { status: 500 } });
  const waits = await deliver(stack, "github_app_authorization", { action: "revoked", sender: user });
  expect(waits).toMatchObject({ state: "received", attempts: 1 });
  await stack.database.query({
    text: "UPDATE deliveries SET next_attempt_at = now() + interval '1 hour' WHERE state = 'received'",
  });
}

describe("after an erasure", () => {
  beforeAll(async () => {
    const found = new Set((await leaks()).map(({ secret }) => secret));
    expect([...found].sort()).toEqual([...names].sort());
    expect(await erase(userId)).toEqual({ revocations: "done" });
  });

  test("a full dump of the database holds no name, address, number or token of theirs", async () => {
    expect(await leaks()).toEqual([]);
  });

  test("GitHub has no grant of theirs left", () => {
    expect(tokensAtGithub(stack, person.login)).toBeNull();
  });

  test("their repositories have one pseudonym, which nobody can register", async () => {
    const events = await rowsOf(stack, "audit_events");
    const owners = events.map(({ repository }) => idOf(repository).split("/")[0] ?? "");
    const erased = new Set(owners.filter((owner) => owner.startsWith("erased")));
    expect([...erased]).toEqual([expect.stringMatching(pseudonym)]);
    const [owner] = erased;
    expect(events).toContainEqual(expect.objectContaining({ user_id: userId, repository: `${owner}/notes` }));
    expect(events).toContainEqual(
      expect.objectContaining({
        user_id: other.userId,
        repository: `${owner}/notes`,
        branch: `${owner}/patch`,
        requested_by: userId,
        run_url: `https://ci.example/${owner}/runs/1`,
      }),
    );
    const { rows } = await stack.database.query<{ answer: Record<string, unknown> }>({
      text: "SELECT answer FROM commits WHERE answer::text LIKE '%erased%' ORDER BY created_at",
    });
    expect(rows.map(({ answer }) => answer)).toEqual([
      expect.objectContaining({ url: expect.stringContaining(`/${owner}/notes/commit/`), branch: "main" }),
      expect.objectContaining({ url: expect.stringContaining(`/${owner}/notes/commit/`), branch: `${owner}/patch` }),
      expect.objectContaining({ message: expect.stringMatching(new RegExp(`^${owner}/notes has no branch "none"`)) }),
    ]);
    const theirs = (await rowsOf(stack, "delegations")).filter(({ user_id }) => user_id === other.userId);
    // Ids are random, and so is their order.
    expect(theirs.flatMap(({ repositories }) => repositories).sort()).toEqual(
      [other.repository, `${owner}/notes`, `${owner}/*`, "acme/site"].sort(),
    );
  });

  test("what others did is otherwise as it was", async () => {
    const ids = bystanders.map(({ id }) => id);
    const now = (await rowsOf(stack, "audit_events")).filter(({ id }) => ids.includes(id));
    const kept = (event: Record<string, unknown>) => {
      const { id, action, result, at, user_id, bot_id, code, attribution, completed_at } = event;
      return { id, action, result, at, user_id, bot_id, code, attribution, completed_at };
    };
    expect(now.map(kept)).toEqual(bystanders.map(kept));
    expect((await other.commit()).status).toBe(201);
  });

  test("the user's row keeps its id, and nothing else", async () => {
    expect((await rowsOf(stack, "users")).find(({ id }) => id === userId)).toMatchObject({
      external_id: null,
      role: "member",
      status: "deactivated",
      sign_off: false,
      erased_at: expect.any(String),
    });
    for (const table of ["identities", "user_external_accounts", "delegations", "browser_sessions"]) {
      expect((await rowsOf(stack, table)).filter(({ user_id }) => user_id === userId)).toEqual([]);
    }
    expect((await stack.database.query({ text: "SELECT 1 FROM refusals" })).rows).toEqual([]);
  });

  test("a delivery that comes late, or waited, brings nothing back", async () => {
    await stack.database.query({ text: "UPDATE deliveries SET next_attempt_at = now() WHERE state = 'received'" });
    const sender = { id: person.id, login: person.login };
    await deliver(stack, "github_app_authorization", { action: "revoked", sender });
    await deliver(stack, "installation", {
      action: "suspend",
      installation: { id: 1, account: sender },
      repositories: [],
      sender,
    });
    await allHandled(stack);
    expect(await leaks()).toEqual([]);
  });

  test("who names them from now on, names their old id in the audit log", async () => {
    await stack.commit(other.key, {
      user: `gh.${other.id}`,
      repository: other.repository,
      requested_by: `gh.${person.id}`,
    });
    expect((await rowsOf(stack, "audit_events")).at(-1)).toMatchObject({ requested_by: userId });
    expect(await findKnownUser(replica.services, { kind: "gh", value: String(person.id) })).toBe(userId);
    expect(await findKnownUser(replica.services, { kind: "ext", value: "zelda's platform id" })).toBe(userId);
    expect(await findKnownUser(replica.services, { kind: "gh", value: "1" })).toBeNull();
  });

  test("it can be repeated, and changes nothing more", async () => {
    const events = (await rowsOf(stack, "audit_events")).length;
    expect(await erase(userId)).toEqual({ revocations: "done" });
    expect(await rowsOf(stack, "audit_events")).toHaveLength(events);
    expect((await rowsOf(stack, "audit_events")).filter(({ action }) => action === "user.erase")).toMatchObject([
      { actor: "operator", user_id: userId, identity_id: null },
    ]);
  });

  test("they are refused at sign-in, nothing of the attempt is kept, and no grant stays at GitHub", async () => {
    const { page } = await stack.signIn(person.login);
    expect(codeOf(page)).toBe("user_deactivated");
    expect(page.text).toContain(`gh.${person.id}`);
    await expect.poll(() => tokensAtGithub(stack, person.login)).toBeNull();
    await expect.poll(leaks).toEqual([]);
  });

  test("what ran at the erasure is searched once more, and then the names are forgotten for good", async () => {
    expect(await erasures()).toHaveLength(1);
    const straggler =
      "INSERT INTO audit_events (action, actor, result, repository) VALUES ('commit', 'bot', 'failed', $1)";
    await stack.database.query({ text: straggler, values: [`${person.login}/notes`] });
    await searchAllErased(replica.services, () => false);
    expect(await leaks()).not.toEqual([]);
    await stack.database.query({ text: "UPDATE erasures SET due_at = now()" });
    await searchAllErased(replica.services, () => false);
    expect(await leaks()).toEqual([]);
    expect(await erasures()).toEqual([]);
  });
});

test("the tombstone is lifted only when the old grant is over; then they come as somebody new", async () => {
  const erased = await committer(stack);
  await erase(erased.userId);
  const number = { number: String(erased.id), by: { actor: "operator" } } as const;
  const pending = `INSERT INTO pending_revocations (provider, kind, user_id, access_token, key_id, next_attempt_at)
    VALUES ('github', 'grant', $1, '\\x00', 'k', now() + interval '1 hour')`;
  await stack.database.query({ text: pending, values: [erased.userId] });
  await expect(liftTombstone(replica.services, number)).rejects.toMatchObject({ code: "provider_unavailable" });
  await stack.database.query({ text: "DELETE FROM pending_revocations WHERE user_id = $1", values: [erased.userId] });
  expect(await liftTombstone(replica.services, number)).toEqual({ users: [{ id: erased.userId, status: "erased" }] });
  const { userId: another } = await stack.connect(erased.login);
  expect(another).not.toBe(erased.userId);
  expect(tokensAtGithub(stack, erased.login)).toBe(1);
});

test("a pair that comes back from a refresh after the erasure ends the grant, and keeps its tokens nowhere", async () => {
  const erased = await committer(stack);
  const account = await age(stack, erased.userId, "valid");
  const held = answers.hold();
  const caller = freshToken(replica.services, account).catch((problem) => problem);
  await held.rotated;
  expect(await erase(erased.userId)).toEqual({ revocations: "pending" });
  held.release();
  await caller;
  await expect.poll(() => tokensAtGithub(stack, erased.login)).toBeNull();
  await expect
    .poll(async () => (await rowsOf(stack, "pending_revocations")).filter(({ user_id }) => user_id === erased.userId))
    .toEqual([]);
});

test("a name that somebody picked at another provider than GitHub is no owner of repositories", async () => {
  const organisation = "acme";
  const { rows } = await stack.database.query<{ user_id: string }>({
    text: `WITH u AS (INSERT INTO users DEFAULT VALUES RETURNING id)
      INSERT INTO identities (provider, provider_uid, user_id, login, former_logins, display_name)
      SELECT 'notes', 'a stranger', id, $1, ARRAY[$1], $1 FROM u RETURNING user_id`,
    values: [organisation],
  });
  await stack.database.query({
    text: `INSERT INTO audit_events (action, actor, result, user_id, repository)
      VALUES ('commit', 'bot', 'succeeded', $1, 'acme/site')`,
    values: [other.userId],
  });
  const permitted = async () =>
    (await rowsOf(stack, "delegations"))
      .filter(({ user_id }) => user_id === other.userId)
      .map((row) => row.repositories);
  const where = async () =>
    (await rowsOf(stack, "audit_events"))
      .filter(({ user_id, repository }) => user_id === other.userId && repository)
      .map((row) => row.repository);
  const held = [await permitted(), await where()];
  expect(JSON.stringify(held)).toContain("acme/site");
  await erase(idOf(rows[0]?.user_id));
  expect([await permitted(), await where()]).toEqual(held);
});
