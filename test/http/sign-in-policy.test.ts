import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { newSecret } from "../../src/actions/sign-in/secrets.ts";
import { signIn } from "../../src/actions/sign-in/sign-in.ts";
import { answerGithub, codeOf } from "../harness/authorization.ts";
import { Browser } from "../harness/browser.ts";
import { endings, newcomer, tokensAtGithub } from "../harness/people.ts";
import { openReplica } from "../harness/replica.ts";
import { type Stack, startStack } from "../harness/stack.ts";
import { auditSince, lastAudit, rowsOf, stored } from "../harness/stored.ts";

let stack: Stack;

const signedIn = async () => (await rowsOf(stack, "browser_sessions")).filter(({ user_id }) => user_id !== null).length;

/**
 * A sign-in that is refused: its own token is ended and the grant is not, and no user, identity or session comes of it.
 * @returns the event that says so
 */
async function refused(login: string, code = "sign_in_closed", says = "You may not sign in here") {
  const browser = new Browser();
  const { callback } = await answerGithub(stack, browser, "/sign-in/github", { login });
  const { grants: _, ...before } = await stored(stack);
  const [audit, sessions, tokens] = [await lastAudit(stack), await signedIn(), tokensAtGithub(stack, login) ?? 0];
  const ended = { grant: endings(stack, "grant"), token: endings(stack, "token") };
  const page = await browser.request(callback.href);
  expect(page.status).toBe(403);
  expect(codeOf(page)).toBe(code);
  expect(page.text).toContain(says);
  expect(page.text).toContain(`@${login}`);
  expect(page.headers.getSetCookie()).toEqual([]);
  const { grants: __, ...after } = await stored(stack);
  expect(after).toEqual(before);
  expect(await signedIn()).toBe(sessions);
  expect((await browser.open(`${stack.url}/accounts`)).text).toContain("Sign in with GitHub");
  expect(tokensAtGithub(stack, login)).toBe(tokens);
  expect({ grant: endings(stack, "grant"), token: endings(stack, "token") }).toEqual({
    ...ended,
    token: ended.token + 1,
  });
  const events = await auditSince(stack, audit);
  expect(events).toMatchObject([{ action: "sign_in", actor: "user", result: "failed", code, provider: "github" }]);
  return events[0];
}

/** Who came in, and as what. */
async function admitted(login: string) {
  const { page } = await stack.signIn(login);
  expect(page.url).toBe(`${stack.url}/accounts`);
  const { rows } = await stack.database.query<{ id: string; external_id: string | null }>({
    text: "SELECT u.id, u.external_id FROM users u JOIN identities i ON i.user_id = u.id WHERE i.login = $1",
    values: [login],
  });
  return { ...rows[0], role: page.text.includes('href="/admin"') ? "admin" : "member" };
}

/** A user as the platform creates one, whom that GitHub identity signs in as. */
async function platformUser(externalId: string, identity: { login: string; uid: number }, status = "active") {
  const { rows } = await stack.database.query<{ id: string }>({
    text: "INSERT INTO users (external_id, status) VALUES ($1, $2) RETURNING id",
    values: [externalId, status],
  });
  await stack.database.query({
    text: "INSERT INTO identities (provider, provider_uid, user_id, login) VALUES ('github', $1, $2, $3)",
    values: [String(identity.uid), rows[0]?.id, identity.login],
  });
  return rows[0]?.id;
}

describe("SIGN_IN is not set: closed", () => {
  beforeAll(async () => {
    stack = await startStack({ environment: { SIGN_IN: undefined, ADMIN_USERS: "gh.583231, ext.boss%20one" } });
  });
  afterEach(() => stack.sandbox.faults.clear());
  afterAll(() => stack.stop());

  test("a stranger may not sign in", async () => {
    const event = await refused("linus");
    expect(event).toMatchObject({ user_id: null, identity_id: null });
    await refused("linus");
  });

  test("an admin by GitHub's number may, and is an admin", async () => {
    expect(await admitted("ada")).toMatchObject({ role: "admin" });
    expect(await admitted("ada")).toMatchObject({ role: "admin" });
  });

  test("the number counts, not the login, and the page tells it", async () => {
    newcomer(stack, { login: "583231", id: 777020 });
    const says = "Ask the operator to let you in; they need this: gh.777020.";
    const event = await refused("583231", "sign_in_closed", says);
    expect(JSON.stringify(event)).not.toContain("777020");
  });

  test("a user whom the platform created may, and stays that user and a member", async () => {
    const id = await platformUser("staff-7", { login: "grace", uid: 4712036 });
    expect(await admitted("grace")).toEqual({ id, role: "member", external_id: "staff-7" });
  });

  test("an admin by the platform's id may, and is an admin", async () => {
    newcomer(stack, { login: "boss", id: 777021 });
    await platformUser("boss one", { login: "boss", uid: 777021 });
    expect(await admitted("boss")).toMatchObject({ role: "admin" });
  });

  test("nobody is an admin for an id that only looks like the encoded one", async () => {
    newcomer(stack, { login: "boss-like", id: 777024 });
    await platformUser("boss%20one", { login: "boss-like", uid: 777024 });
    expect(await admitted("boss-like")).toMatchObject({ role: "member" });
  });

  test("an admin's number at another provider is somebody else's", async () => {
    const { services, close } = await openReplica(stack);
    const github = services.providers.get("github");
    if (!github) throw new Error("GitHub is configured");
    const profile = { uid: "583231", login: "impostor", displayName: null, email: null, avatarUrl: null };
    const pair = { accessToken: "t", refreshToken: null, accessExpiresIn: 60, refreshExpiresIn: null, scopes: [] };
    const granted = { askedAt: new Date(), purpose: "sign_in" as const, returnTo: null, pair, profile };
    const attempt = signIn(
      { ...services, signIn: { kind: "closed" }, adminUsers: ["gh.583231"] },
      { sessionSecret: newSecret(), provider: { ...github, id: "elsewhere" }, granted, browser: null },
    );
    await expect(attempt).rejects.toMatchObject({ reason: "sign_in_closed" });
    await stack.database.query({ text: "DELETE FROM pending_revocations" });
    await close();
  });

  test("a deactivated user may not, also when the platform created them", async () => {
    newcomer(stack, { login: "left", id: 777022 });
    const id = await platformUser("staff-8", { login: "left", uid: 777022 }, "deactivated");
    const event = await refused("left", "user_deactivated", "Your access has ended");
    expect(event).toMatchObject({ user_id: id, identity_id: expect.any(String) });
  });

  test("whoever signed in while it was open may not any more, and their account stays as it is", async () => {
    newcomer(stack, { login: "early", id: 777023 });
    const user = await stack.database.query<{ id: string }>({ text: "INSERT INTO users DEFAULT VALUES RETURNING id" });
    await stack.database.query({
      text: "INSERT INTO identities (provider, provider_uid, user_id, login) VALUES ('github', '777023', $1, 'early')",
      values: [user.rows[0]?.id],
    });
    await refused("early");
  });

  test("a refused sign-in's token that GitHub does not end now is ended later", async () => {
    stack.sandbox.faults.add({ match: { method: "DELETE", path: /\/token$/ }, respond: { status: 503 } });
    const browser = new Browser();
    const { callback } = await answerGithub(stack, browser, "/sign-in/github", { login: "mallory" });
    const page = await browser.request(callback.href);
    expect(codeOf(page)).toBe("sign_in_closed");
    expect(tokensAtGithub(stack, "mallory")).toBe(1);
    expect(await rowsOf(stack, "pending_revocations")).toMatchObject([{ kind: "token", attempts: 1, user_id: null }]);
    await stack.database.query({ text: "UPDATE pending_revocations SET next_attempt_at = now()" });
    await expect.poll(() => rowsOf(stack, "pending_revocations"), { timeout: 20_000 }).toEqual([]);
    expect(tokensAtGithub(stack, "mallory")).toBe(0);
  });
});

describe("SIGN_IN=org:acme", () => {
  beforeAll(async () => {
    stack = await startStack({ environment: { SIGN_IN: "org:acme", ADMIN_USERS: "gh.9919314" } });
  });
  afterEach(() => stack.sandbox.faults.clear());
  afterAll(() => stack.stop());

  const membership = { path: "/user/memberships/orgs/acme" };

  test("members may sign in", async () => {
    expect(await admitted("ada")).toMatchObject({ role: "member" });
    expect(await admitted("grace")).toMatchObject({ role: "member" });
  });

  test("whoever is no member may not", async () => {
    await refused("linus");
  });

  test("an admin need not be a member", async () => {
    expect(await admitted("mallory")).toMatchObject({ role: "admin" });
  });

  test("an invitation that was not accepted yet is no membership", async () => {
    stack.sandbox.faults.add({ match: membership, respond: { status: 200, body: { state: "pending" } } });
    await refused("linus");
  });

  test("a GitHub that shows no membership lets nobody in", async () => {
    const body = { message: "Resource not accessible by integration" };
    stack.sandbox.faults.add({ match: membership, respond: { status: 403, body } });
    await refused("linus");
  });

  test.each([
    { what: "is away", fault: { respond: { status: 502 } }, status: 503, code: "provider_unavailable" },
    { what: "cuts the line", fault: { dropBefore: true }, status: 503, code: "provider_unavailable" },
    { what: "is garbled", fault: { respond: { status: 200, body: "{" } }, status: 502, code: "provider_garbled" },
  ])("a GitHub that $what when asked about membership lets nobody in, and ends the token", async (given) => {
    const browser = new Browser();
    const { callback } = await answerGithub(stack, browser, "/sign-in/github", { login: "linus" });
    const { grants: _, ...before } = await stored(stack);
    stack.sandbox.faults.add({ match: membership, ...given.fault });
    const page = await browser.request(callback.href);
    expect(page.status).toBe(given.status);
    expect(codeOf(page)).toBe(given.code);
    const { grants: __, ...after } = await stored(stack);
    expect(after).toEqual(before);
    expect(tokensAtGithub(stack, "linus")).toBe(0);
    expect((await browser.open(`${stack.url}/accounts`)).text).toContain("Sign in with GitHub");
  });

  test("who left the organisation may not sign in any more, and a session from before goes on", async () => {
    const { browser } = await stack.signIn("grace");
    stack.sandbox.faults.add({ match: membership, respond: { status: 404, body: { message: "Not Found" } } });
    await refused("grace");
    expect((await browser.open(`${stack.url}/accounts`)).text).toContain("Connected accounts");
  });
});
