import { calendar as calendarClient } from "@googleapis/calendar";
import { beforeEach, describe, expect, test } from "vitest";
import { defaultOpenidSwitches } from "../../sandbox/openid/index.ts";
import { createDelegation } from "../../src/store/delegations.ts";
import { codeOf, location, ownForm } from "../harness/authorization.ts";
import { Browser } from "../harness/browser.ts";
import { consent } from "../harness/consent.ts";
import { calendar, readCalendar, useGoogleStack } from "../harness/google.ts";
import { rowsOf } from "../harness/stored.ts";

const stack = useGoogleStack({ environment: { GOOGLE_SIGN_IN: "true" } });
beforeEach(() => {
  Object.assign(stack.google.switches, defaultOpenidSwitches);
  stack.google.faults.clear();
});

const drive = "https://www.googleapis.com/auth/drive.file";
const usual = ["openid", "email", "profile", readCalendar];

/** What Google was asked at an address since. */
const asked = (path: string, since = 0) =>
  stack.google.requests.slice(since).filter((request) => request.path === path).length;

async function connected(known: Parameters<typeof stack.person>[0] = {}) {
  const person = await stack.person(known);
  await stack.connectGoogle(person.browser, person.sub);
  return person;
}

describe("connecting Google", () => {
  test("03 asks with PKCE, a nonce, for offline access, and keeps what comes back", async () => {
    const { browser, userId, sub } = await stack.person();
    const page = await stack.connectGoogle(browser, sub);
    expect(page.url).toBe(`${stack.url}/accounts?done=connected`);
    const [request] = browser.seen.filter(({ url }) => url.startsWith(`${stack.google.issuer}/o/oauth2/v2/auth?`));
    expect(Object.fromEntries(new URL(request?.url ?? "").searchParams)).toMatchObject({
      code_challenge_method: "S256",
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      access_type: "offline",
      prompt: "consent",
      include_granted_scopes: "true",
      scope: usual.join(" "),
    });
    expect(await stack.googleAccount(userId)).toMatchObject({ state: "active", scopes: usual });
  });

  test("01 state, nonce and PKCE challenge are each attempt's own, and good in its own browser alone", async () => {
    const { browser, userId, sub } = await stack.person();
    const start = async () =>
      location(await browser.request(`${stack.url}/connect/google`, { method: "POST", headers: ownForm }));
    const [one, other] = [await start(), await start()];
    for (const name of ["state", "nonce", "code_challenge"]) {
      expect(one.searchParams.get(name)).toMatch(/^[\w-]{43}$/);
      expect(other.searchParams.get(name)).not.toBe(one.searchParams.get(name));
    }
    const redirectUri = `${stack.url}/connect/google/callback`;
    const before = stack.google.requests.length;
    const [first, second] = [
      await consent(one.href, { redirectUri, sub }),
      await consent(other.href, { redirectUri, sub }),
    ];
    const stranger = await stack.person();
    expect(codeOf(await stranger.browser.open(first.href))).toBe("state_foreign");
    expect(asked("/token", before)).toBe(0);
    // The code of one attempt fits neither verifier nor nonce of the other.
    const mixed = new URL(first);
    mixed.searchParams.set("code", second.searchParams.get("code") ?? "");
    expect(codeOf(await browser.open(mixed.href))).toBe("code_expired");
    expect(await stack.googleAccount(userId)).toBeNull();
    expect(await stack.googleAccount(stranger.userId)).toBeNull();
  });

  test("10 a required scope that was not granted limits the account, and the page says which and asks again", async () => {
    const { browser, userId, sub } = await stack.person();
    const page = await stack.connectGoogle(browser, sub, { refuse: [readCalendar] });
    expect(page.text).toContain("Limited");
    expect(page.text).toContain("An account below was not given all that it needs");
    expect(page.text).toContain(`<code>${readCalendar}</code>`);
    expect(await stack.googleAccount(userId)).toMatchObject({
      state: "limited",
      scopes: ["openid", "email", "profile"],
    });
    const again = await browser.submit(page, "Ask Google again");
    expect(
      new URL(browser.seen.find(({ url }) => url.includes("login_hint="))?.url ?? "").searchParams.get("login_hint"),
    ).toMatch(/@example\.com$/);
    await browser.submit(again, "Allow", { action: "allow" });
    expect(await stack.googleAccount(userId)).toMatchObject({ state: "active", scopes: usual });
  });

  test("10 more scopes can be asked for an account that exists, those that were granted before stay, and no others", async () => {
    const { browser, userId } = await connected();
    const accounts = await browser.open(`${stack.url}/accounts`);
    const consent = await browser.submit(accounts, "Ask for what is ticked", { scope: [drive] });
    const page = await browser.submit(consent, "Allow", { action: "allow" });
    expect((await stack.googleAccount(userId))?.scopes.toSorted()).toEqual([...usual, drive].toSorted());
    expect(page.text).not.toContain(`value="${drive}"`);
    const more = await browser.submit(page, "Ask for what is ticked", { scope: [calendar] });
    expect(more.text).toContain(`scope:${drive}`);
    await browser.submit(more, "Allow", { action: "allow" });
    const before = await stack.googleAccount(userId);
    expect(before?.scopes.toSorted()).toEqual([...usual, drive, calendar].toSorted());
    const refused = await browser.post(`${stack.url}/connect/google`, { scope: ["https://mail.google.com/"] });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain("is no scope that Google may be asked for here");
    expect(await stack.googleAccount(userId)).toMatchObject({ version: before?.version });
  });

  test("07 identity is the subject, never the e-mail address", async () => {
    const ada = await connected({ email: "same@example.com" });
    const mallory = await connected({ email: "same@example.com", emailVerified: false });
    const [one, other] = [await stack.googleAccount(ada.userId), await stack.googleAccount(mallory.userId)];
    expect(other?.identityId).not.toBe(one?.identityId);
    const person = stack.google.people.find(({ sub }) => sub === ada.sub);
    if (person) person.email = "moved@example.com";
    await stack.connectGoogle(ada.browser, ada.sub);
    const identities = (await rowsOf(stack, "identities")).filter(({ provider }) => provider === "google");
    expect(identities.find(({ id }) => id === one?.identityId)).toMatchObject({ email: "moved@example.com" });
    // An unverified address is nobody's: it could be taken for the one whose it is.
    expect(identities.find(({ id }) => id === other?.identityId)).toMatchObject({ login: mallory.sub, email: null });
  });

  test("04 a callback that names another issuer is refused, and no code is sent anywhere", async () => {
    const { browser, userId, sub } = await stack.person();
    stack.google.switches.callbackIssuer = { other: "https://evil.example" };
    const before = stack.google.requests.length;
    const page = await stack.connectGoogle(browser, sub);
    expect(page).toMatchObject({ status: 400, text: expect.stringContaining("issuer_mismatch") });
    expect(asked("/token", before)).toBe(0);
    expect(await stack.googleAccount(userId)).toBeNull();
  });

  test("04 a callback for another provider (mix-up) is refused, and its state still works at its own", async () => {
    const { browser, userId, sub } = await stack.person();
    const consent = await browser.post(`${stack.url}/connect/google`, {}, `${stack.url}/accounts`);
    const held = new Browser();
    held.setCookies(consent.url, browser.cookies(consent.url));
    const action = new URL(/action="([^"]+)"/.exec(consent.text)?.[1] ?? "", consent.url).href;
    const answered = await held.request(action, {
      method: "POST",
      body: new URLSearchParams({ sub, action: "allow", [`scope:${readCalendar}`]: "on" }),
    });
    const back = await held.request(answered.headers.get("location") ?? "");
    const callback = new URL(back.headers.get("location") ?? "");
    const elsewhere = await browser.open(callback.href.replace("/connect/google/", "/connect/github/"));
    expect(elsewhere).toMatchObject({ status: 400, text: expect.stringContaining("state_foreign") });
    expect(await stack.googleAccount(userId)).toBeNull();
    await browser.open(callback.href);
    expect(await stack.googleAccount(userId)).toMatchObject({ state: "active" });
  });

  test.each(["audience", "nonce", "algorithm_none", "signature"] as const)(
    "06 an ID token with a wrong %s connects nobody",
    async (fault) => {
      const { browser, userId, sub } = await stack.person();
      stack.google.switches.idToken = fault;
      const page = await stack.connectGoogle(browser, sub);
      expect(page).toMatchObject({ status: 502, text: expect.stringContaining("identity_unverified") });
      expect(await stack.googleAccount(userId)).toBeNull();
    },
  );

  test("an identity that somebody holds is refused to others, and its grant is dropped, not revoked", async () => {
    const { sub, userId } = await connected();
    const other = await stack.person();
    const before = stack.google.requests.length;
    const page = await stack.connectGoogle(other.browser, sub);
    expect(page).toMatchObject({ status: 409, text: expect.stringContaining("identity_in_use") });
    expect(asked("/revoke", before)).toBe(0);
    expect(stack.google.grants().some((grant) => grant.sub === sub)).toBe(true);
    expect(await stack.googleAccount(other.userId)).toBeNull();
    expect(await stack.googleAccount(userId)).toMatchObject({ state: "active" });
  });

  test("connecting again and signing in with Google leave the grant alone", async () => {
    const { browser, userId, sub } = await connected();
    await stack.connectGoogle(browser, sub);
    const before = await stack.googleAccount(userId);
    const visitor = new Browser();
    const consent = await visitor.submit(await visitor.open(`${stack.url}/`), "Sign in with Google");
    expect(consent.text).not.toContain(readCalendar);
    const page = await visitor.submit(consent, "Allow", { sub, action: "allow" });
    expect(page.url).toBe(`${stack.url}/accounts`);
    const after = await stack.googleAccount(userId);
    expect(after).toMatchObject({ version: before?.version, scopes: usual });
    expect(after?.sealedRefreshToken).not.toBeNull();
    expect(asked("/revoke")).toBe(0);
  });
});

test("who signs in with Google is signed out when Google says that their tokens were revoked", async () => {
  const { sub, userId } = await connected();
  const visitor = new Browser();
  const consent = await visitor.submit(await visitor.open(`${stack.url}/`), "Sign in with Google");
  await visitor.submit(consent, "Allow", { sub, action: "allow" });
  stack.google.revokeGrant(sub);
  const { risc } = stack.google;
  await risc.send(`${stack.url}/hooks/google/risc`, await risc.sign(risc.event("tokens-revoked", { sub })));
  await expect.poll(async () => (await stack.googleAccount(userId))?.state).toBe("revoked");
  expect((await visitor.open(`${stack.url}/accounts`)).url).not.toBe(`${stack.url}/accounts`);
});

describe("a connected Google account", () => {
  async function acting() {
    const person = await connected();
    const bot = await stack.bot(`bot-of-${person.sub}`);
    await createDelegation(stack.database, {
      userId: person.userId,
      botId: bot.id,
      provider: "google",
      repositories: ["*"],
      branches: ["*"],
      capabilities: ["api:read", "api:write"],
      endsAt: null,
      grantedBy: "user",
    });
    const rootUrl = `${stack.url}/proxy/google/`;
    const headers = { authorization: `Bearer ${bot.key}`, "x-on-behalf-of": person.userId };
    const events = calendarClient({ version: "v3" }).events;
    return {
      ...person,
      read: () => events.list({ calendarId: "primary" }, { rootUrl, headers, retry: false }),
      write: () =>
        events.insert(
          { calendarId: "primary", requestBody: { summary: "Stand-up" } },
          { rootUrl, headers, retry: false },
        ),
    };
  }

  test("is used through the proxy by Google's own client, within the scopes that were granted", async () => {
    const { browser, read, write } = await acting();
    expect((await read()).data.items).toEqual([]);
    await expect(write()).rejects.toMatchObject({ status: 403 });
    const more = await browser.submit(await browser.open(`${stack.url}/accounts`), "Ask for what is ticked", {
      scope: [calendar],
    });
    await browser.submit(more, "Allow", { action: "allow" });
    expect((await write()).data).toMatchObject({ summary: "Stand-up" });
    expect((await read()).data.items).toHaveLength(1);
  });

  test("11 is refreshed without another refresh token, and the one that it has stays", async () => {
    const { userId, sub, read } = await acting();
    const before = await stack.googleAccount(userId);
    for (let again = 1; again <= 2; again++) {
      stack.google.expireAccessTokens(sub);
      await expireStored(userId);
      expect((await read()).status).toBe(200);
      expect(await stack.googleAccount(userId)).toMatchObject({
        version: (before?.version ?? 0) + again,
        scopes: usual,
      });
    }
  });

  test.each(["invalid_rapt", "admin_policy_enforced"])("ends when Google refuses to renew it: %s", async (why) => {
    const { userId, sub, read } = await acting();
    const body = why === "invalid_rapt" ? { error: "invalid_grant", error_subtype: why } : { error: why };
    stack.google.faults.add({ match: { operation: "refresh", login: sub }, respond: { status: 400, body } });
    await expireStored(userId);
    await expect(read()).rejects.toMatchObject({ status: 403 });
    expect(await stack.googleAccount(userId)).toMatchObject({ state: "revoked", revocationReason: "refresh_failed" });
  });

  test("12 is revoked at Google when it is disconnected, after the page said what else ends", async () => {
    const { browser, userId, sub, read } = await acting();
    const accounts = await browser.open(`${stack.url}/accounts`);
    expect(accounts.text).toContain("whatever else uses the same Google project loses its access");
    const page = await browser.submit(accounts, "/accounts/google/disconnect");
    expect(page.url).toContain("done=done&provider=google");
    expect(stack.google.grants().some((grant) => grant.sub === sub)).toBe(false);
    expect(await stack.googleAccount(userId)).toMatchObject({
      state: "revoked",
      sealedAccessToken: null,
      sealedRefreshToken: null,
    });
    await expect(read()).rejects.toMatchObject({ status: 403 });
  });

  test("12 what was revoked at Google before counts as ended", async () => {
    const { browser, userId, sub } = await acting();
    stack.google.revokeGrant(sub);
    const page = await browser.submit(await browser.open(`${stack.url}/accounts`), "/accounts/google/disconnect");
    expect(page.url).toContain("done=done&provider=google");
    expect(await stack.googleAccount(userId)).toMatchObject({ state: "revoked" });
  });
});

/** Lets time pass for a token as onbehalf knows it. */
async function expireStored(userId: string): Promise<void> {
  await stack.database.query({
    text: `UPDATE user_external_accounts SET refresh_due_at = now() - interval '1 s', access_expires_at = now() - interval '1 s'
      WHERE user_id = $1 AND provider = 'google'`,
    values: [userId],
  });
}

test("no grant is revoked of somebody who has disconnected and still signs in so", async () => {
  const { browser, sub } = await connected();
  await browser.post(`${stack.url}/accounts/google/disconnect`, {}, `${stack.url}/accounts`);
  await expect.poll(() => asked("/revoke")).toBeGreaterThan(0);
  const other = await stack.person();
  const before = stack.google.requests.length;
  const page = await stack.connectGoogle(other.browser, sub);
  expect(page).toMatchObject({ status: 409, text: expect.stringContaining("identity_in_use") });
  expect(asked("/revoke", before)).toBe(0);
});
