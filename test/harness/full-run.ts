import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import { type Answered, answerGithub } from "./authorization.ts";
import { Browser } from "./browser.ts";
import { allHandled } from "./deliveries.ts";
import type { Stack } from "./stack.ts";
import { age, waitOut } from "./stored-account.ts";

export interface FullRun {
  browsers: Browser[];
  /** Tokens that GitHub never issued, and its answers held all the same. */
  invented: string[];
}

/** Does everything that touches a token: what comes to something, and all that comes to nothing. */
export async function fullRun(stack: Stack, bot: { id: string; key: string }, platformKey: string): Promise<FullRun> {
  const browsers: Browser[] = [];
  const browser = () => {
    const opened = new Browser();
    browsers.push(opened);
    return opened;
  };
  const invented: string[] = [];
  const newToken = () => {
    const token = `ghu_${randomBytes(20).toString("hex")}`;
    invented.push(token);
    return token;
  };
  const { sandbox } = stack;
  const { key } = bot;

  // Sign-ins and connects that come to something, and all those that come to nothing.
  const ada = browser();
  await stack.signIn("ada", ada);
  const { userId } = await stack.connect("ada", ada);
  const attempt = (login: string, path: "/sign-in/github" | "/connect/github", action?: "cancel"): Promise<Answered> =>
    answerGithub(stack, ada, path, { login, ...(action ? { action } : {}) });
  const callbacks: [Browser, Answered][] = [
    [ada, await attempt("ada", "/connect/github", "cancel")],
    [ada, await attempt("grace", "/connect/github")],
    [browser(), await attempt("ada", "/connect/github")],
  ];
  for (const [by, { callback }] of callbacks) {
    await by.open(callback.href);
    await by.open(callback.href);
  }
  for (const respond of [
    { status: 500, body: "oops" },
    { status: 200, body: { access_token: newToken() } },
  ]) {
    sandbox.faults.add({ match: { operation: "exchange" }, respond });
    await ada.open((await attempt("ada", "/connect/github")).callback.href);
  }
  sandbox.faults.add({ match: { path: "/user" }, respond: { status: 500, body: { message: newToken() } } });
  await ada.open((await attempt("ada", "/connect/github")).callback.href);
  const late = await attempt("ada", "/connect/github");
  sandbox.ageCodes(11 * 60_000);
  await ada.open(late.callback.href);

  // Permissions, and commits by every transport.
  const permissions = await ada.open(`${stack.url}/permissions`);
  const capability = [...permissions.text.matchAll(/name="capability" value="([^"]+)"/g)].map(([, name]) => name ?? "");
  await ada.post(`${stack.url}/permissions`, {
    bot: bot.id,
    repositories: "acme/*",
    branches: "",
    capability,
    until: "",
  });
  const mode = { path: "bin/run", content: "#!/bin/sh\n", mode: "100755" };
  const good: Record<string, unknown>[] = [
    {},
    { branch: "bots/one", base: "main", pull_request: { title: "One", attribution: "app" } },
    { changes: [mode], require_verified: false },
    { attribution: "app", credit_bot: true },
  ];
  for (const change of good) expect((await stack.commit(key, change)).status).toBe(201);
  const headers = { "idempotency-key": "once" };
  for (const _time of [1, 2]) await stack.commit(key, {}, { headers });
  await stack.call("GET", "/api/v1/users/gh.583231/git-identity", { key });

  // Requests that are refused, with secrets where they don't belong.
  const misplaced: Record<string, unknown>[] = [
    { user: key },
    { repository: key },
    { [key]: true },
    { user: "gh.583231", expected_head: key },
    { expected_head: "0".repeat(40) },
    { repository: "acme/none" },
    { repository: "elsewhere/x" },
    { changes: [{ path: "../x", content: "" }] },
  ];
  for (const change of misplaced) expect((await stack.commit(key, change)).status).toBeGreaterThanOrEqual(400);
  await stack.call("GET", `/api/v1/nothing?access_token=${key}`, { key });
  await stack.call("POST", "/api/v1/commits", { key: platformKey, body: {} });
  await stack.call("GET", "/api/v1/users/gh.583231/git-identity", { headers: { authorization: basic(key) } });
  await ada.open(`${stack.url}/connect/github/callback?code=${newToken()}&state=${key}`);

  // Refreshes: one that works, and those that GitHub answers with everything but a pair.
  await age(stack, userId, "expired");
  await stack.commit(key);
  const answers = [
    { status: 500, body: `no luck with ${newToken()}` },
    { status: 200, body: { access_token: [newToken()], expires_in: 60, refresh_token: newToken() } },
    { status: 200, body: { error: "incorrect_client_credentials", error_description: `not ${newToken()}` } },
    { status: 429, body: { message: newToken() }, headers: { "retry-after": "1" } },
  ];
  for (const respond of answers) {
    await age(stack, userId, "expired");
    sandbox.faults.add({ match: { operation: "refresh" }, respond });
    await stack.commit(key);
    await waitOut(stack, userId, "retry_after");
  }
  for (const status of [401, 403, 500, 200]) {
    sandbox.faults.add({ match: { path: "/api/graphql" }, respond: { status, body: { message: newToken() } } });
    await stack.commit(key);
  }
  sandbox.faults.clear();
  sandbox.expireAccessToken("ada");
  await stack.commit(key);

  // Deliveries, and every way in which an account ends.
  await ada.post(`${stack.url}/sign-out`);
  await stack.signIn("ada", ada);
  const payload = { action: "revoked", sender: { id: 583231, login: newToken() } };
  await sandbox.deliver("github_app_authorization", payload);
  await allHandled(stack);
  await sandbox.deliver("pull_request", { action: "opened", pull_request: { body: newToken() } });
  sandbox.faults.add({ match: { method: "POST", path: /\/applications\/[^/]+\/token$/ }, respond: { status: 500 } });
  await sandbox.deliver("github_app_authorization", { ...payload, sender: { id: 583231, login: newToken() } });
  await allHandled(stack);
  // One that still waits when everything is searched.
  await stack.database.query({
    text: "UPDATE deliveries SET next_attempt_at = now() + interval '1 hour' WHERE state = 'received'",
  });
  await sandbox.deliver("github_app_authorization", payload, { signatureSecret: "another" });
  await stack.connect("grace", (await stack.signIn("grace", browser())).browser);
  await sandbox.revokeGrant("grace");
  sandbox.faults.add({ match: { path: /\/grant$/ }, respond: { status: 500, body: newToken() } });
  const accounts = await ada.open(`${stack.url}/accounts`);
  await ada.submit(accounts, "/accounts/github/disconnect");
  await stack.commit(key);

  // What platforms and admins read: of accounts that live, and of grants that are still to be ended.
  const { browser: linus } = await stack.connect("linus", (await stack.signIn("linus", browser())).browser);
  // What was granted for a connect link waits there when everything is searched.
  const wish = { key: platformKey, body: { provider: "github" } };
  const { body: made } = await stack.call("POST", "/api/v1/users/gh.1024025/connect-links", wish);
  const consent = await linus.submit(await linus.open(String(made.url)), "Continue to GitHub");
  const held = await linus.submit(consent, "Authorize", { login: "linus", action: "authorize" });
  expect(held.text).toContain("Nothing is connected yet.");
  for (const path of ["users/@linus/accounts", "delegations?user=@ada", "audit-events?limit=1000"]) {
    expect((await stack.call("GET", `/api/v1/${path}`, { key: platformKey })).status).toBe(200);
  }
  expect((await ada.open(`${stack.url}/admin/accounts`)).text).toContain("@linus");
  expect((await ada.open(`${stack.url}/admin/revocations`)).text).toContain("@ada");
  await ada.post(`${stack.url}/sign-out`);
  await allHandled(stack);
  return { browsers, invented };
}

const basic = (key: string) => `Basic ${Buffer.from(`x:${key}`).toString("base64")}`;
