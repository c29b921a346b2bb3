import { beforeAll, describe, expect, test } from "vitest";
import { type EventType, eventTypes } from "../../sandbox/openid/index.ts";
import type { Browser } from "../harness/browser.ts";
import { useGoogleStack } from "../harness/google.ts";
import { rowsOf } from "../harness/stored.ts";

const stack = useGoogleStack();

/** Sends a security event token, as Google does. */
const send = (token: string) => stack.google.risc.send(`${stack.url}/hooks/google/risc`, token);

async function connected() {
  const person = await stack.person();
  await stack.connectGoogle(person.browser, person.sub);
  return person;
}

async function told(type: EventType, about: Record<string, unknown>) {
  const { risc } = stack.google;
  const answer = await send(await risc.sign(risc.event(type, about)));
  expect(answer).toEqual({ status: 202, body: { ok: true } });
  await settled();
}

/** Waits until nothing of what came is left to be done. */
async function settled(): Promise<void> {
  await expect
    .poll(async () => (await rowsOf(stack, "deliveries")).filter(({ state }) => state === "received"))
    .toEqual([]);
}

const isSignedIn = async (browser: Browser) =>
  (await browser.open(`${stack.url}/accounts`)).url === `${stack.url}/accounts`;
const stateOf = async (userId: string) => (await stack.googleAccount(userId))?.state;

describe("a security event that isn't Google's for us", () => {
  const event = (sub: string) => stack.google.risc.event("account-disabled", { sub, reason: "hijacking" });
  const bad: [string, string, (sub: string) => Promise<string> | string][] = [
    ["a signature that doesn't fit", "event_signature", (sub) => stack.google.risc.sign(event(sub), {}, "foreign")],
    [
      "a key that is not published",
      "event_key_unknown",
      (sub) => stack.google.risc.sign(event(sub), {}, "unknown_key"),
    ],
    ["alg: none", "event_algorithm", (sub) => stack.google.risc.sign(event(sub), {}, "none")],
    ["the public key as a shared secret", "event_algorithm", (sub) => stack.google.risc.sign(event(sub), {}, "hmac")],
    ["another client's audience", "event_audience", (sub) => stack.google.risc.sign(event(sub), { aud: ["other"] })],
    ["another issuer", "event_issuer", (sub) => stack.google.risc.sign(event(sub), { iss: "https://evil.example/" })],
    [
      "the issuer of ID tokens",
      "event_issuer",
      (sub) => stack.google.risc.sign(event(sub), { iss: stack.google.issuer }),
    ],
    ["no id", "event_garbled", (sub) => stack.google.risc.sign(event(sub), { jti: undefined })],
    ["an endless id", "event_garbled", (sub) => stack.google.risc.sign(event(sub), { jti: "x".repeat(300) })],
    ["no events", "event_garbled", () => stack.google.risc.sign({}, { events: undefined })],
    ["an empty list of events", "event_garbled", () => stack.google.risc.sign({})],
    ["something that is no token", "event_garbled", () => "not a token"],
    ["nothing at all", "event_garbled", () => ""],
  ];

  // One for all of them: nothing changes.
  let victim: Awaited<ReturnType<typeof connected>>;
  beforeAll(async () => {
    victim = await connected();
  });

  test.each(bad)("with %s is refused as %s, and changes nothing", async (_with, code, make) => {
    const { browser, sub } = victim;
    const before = { accounts: await rowsOf(stack, "user_external_accounts"), told: await rowsOf(stack, "deliveries") };
    const refreshes = () => stack.google.requests.filter(({ operation }) => operation === "refresh").length;
    const sent = refreshes();
    expect(await send(await make(sub))).toMatchObject({ status: 400, body: { code } });
    const after = { accounts: await rowsOf(stack, "user_external_accounts"), told: await rowsOf(stack, "deliveries") };
    expect(after).toEqual(before);
    expect(await isSignedIn(browser)).toBe(true);
    expect(refreshes()).toBe(sent);
  });
});

describe("a security event of Google's", () => {
  test.each([
    ["sessions-revoked", {}],
    ["account-credential-change-required", {}],
  ] as const)("%s ends the person's sessions and nothing else", async (type, about) => {
    const { browser, userId, sub } = await connected();
    const bystander = await connected();
    await told(type, { sub, ...about });
    expect(await isSignedIn(browser)).toBe(false);
    expect(await stateOf(userId)).toBe("active");
    expect(await isSignedIn(bystander.browser)).toBe(true);
    expect(await noted(userId)).toEqual([{ event: type, ended: 0 }]);
  });

  test.each([
    ["account-disabled", { reason: "hijacking" }, false],
    ["account-disabled", { reason: "bulk-account" }, true],
    ["tokens-revoked", {}, true],
  ] as const)("%s %j ends the account that Google no longer renews", async (type, about, staysSignedIn) => {
    const { browser, userId, sub } = await connected();
    stack.google.revokeGrant(sub);
    await told(type, { sub, ...about });
    expect(await stack.googleAccount(userId)).toMatchObject({
      state: "revoked",
      revocationReason: "provider_event",
      sealedAccessToken: null,
      sealedRefreshToken: null,
    });
    expect(await isSignedIn(browser)).toBe(staysSignedIn);
    expect(await noted(userId)).toEqual([{ event: type, ended: 1 }]);
    expect(await namesOf(userId)).toBeNull();
  });

  test("tokens-revoked ends the account also while its access token is still accepted", async () => {
    const { userId, sub } = await connected();
    stack.google.switches.accessTokensOutliveRevocation = true;
    stack.google.revokeGrant(sub);
    stack.google.switches.accessTokensOutliveRevocation = false;
    await told("tokens-revoked", { sub });
    expect(await stateOf(userId)).toBe("revoked");
  });

  test.each(["sessions-revoked", "account-disabled"] as const)(
    "%s that is sent again when its id is forgotten signs out nobody who has signed in since",
    async (type) => {
      const { browser, sub } = await connected();
      const { risc } = stack.google;
      const hourAgo = Math.floor(Date.now() / 1000) - 3600;
      const answer = await send(await risc.sign(risc.event(type, { sub, reason: "hijacking" }), { iat: hourAgo }));
      expect(answer).toEqual({ status: 202, body: { ok: true } });
      await settled();
      expect(await isSignedIn(browser)).toBe(true);
    },
  );

  test("an old event ends nothing that the person has connected again since", async () => {
    const { userId, sub } = await connected();
    await told("tokens-revoked", { sub });
    expect(await stateOf(userId)).toBe("active");
    expect(await noted(userId)).toEqual([{ event: "tokens-revoked", ended: 0 }]);
  });

  test.each(["prefix", "hash_base64_sha512_sha512"] as const)(
    "token-revoked finds the account of a refresh token by its %s, which is kept as a keyed hash alone",
    async (named) => {
      const { userId, sub } = await connected();
      const bystander = await connected();
      const token = stack.google.refreshTokens(sub).at(-1) ?? "";
      const { risc } = stack.google;
      const stored = JSON.stringify(await rowsOf(stack, "user_external_accounts"));
      expect(stored).not.toContain(token.slice(0, 16));
      expect(stored).not.toContain(Buffer.from(token.slice(0, 16)).toString("hex"));
      stack.google.revokeGrant(sub);
      expect(await send(await risc.sign(risc.tokenEvent(token, named)))).toMatchObject({ status: 202 });
      await settled();
      expect(await stateOf(userId)).toBe("revoked");
      expect(await stateOf(bystander.userId)).toBe("active");
    },
  );

  test.each(["account-enabled", "verification"] as const)("%s is noted and changes nothing", async (type) => {
    const { browser, userId, sub } = await connected();
    const about = type === "verification" ? { state: "a state of the operator's" } : { sub };
    await told(type, about);
    expect(await stateOf(userId)).toBe("active");
    expect(await isSignedIn(browser)).toBe(true);
    if (type === "verification") {
      expect(stack.log.filter((line) => line.includes("a state of the operator's"))).toHaveLength(1);
    } else expect(await noted(userId)).toEqual([{ event: type, ended: 0 }]);
  });

  test("that comes again is acknowledged as a repeat and not acted on again", async () => {
    const { browser, sub } = await connected();
    const { risc } = stack.google;
    const token = await risc.sign(risc.event("sessions-revoked", { sub }));
    expect(await send(token)).toEqual({ status: 202, body: { ok: true } });
    await settled();
    expect(await isSignedIn(browser)).toBe(false);
    const again = await stack.signIn(await loginOf(sub));
    expect(await send(token)).toEqual({ status: 202, body: { ok: true, code: "event_repeated" } });
    await settled();
    expect(await isSignedIn(again.browser)).toBe(true);
  });

  test("counts also when it is old, and when Google wraps it in what we don't know", async () => {
    const { browser, sub } = await connected();
    const { risc } = stack.google;
    const events = {
      "https://schemas.openid.net/secevent/risc/event-type/something-new": {},
      ...risc.event("sessions-revoked", { sub }),
    };
    const token = await risc.sign(events, { exp: 1_000_000_000, aud: stack.google.clients[0]?.clientId });
    expect((await send(token)).status).toBe(202);
    await settled();
    expect(await isSignedIn(browser)).toBe(false);
  });

  test("about somebody at another issuer is nobody's", async () => {
    const { browser, sub } = await connected();
    const subject = { subject_type: "iss-sub", iss: "https://evil.example/", sub };
    const token = await stack.google.risc.sign({ [eventTypes["sessions-revoked"]]: { subject } });
    expect((await send(token)).status).toBe(202);
    await settled();
    expect(await isSignedIn(browser)).toBe(true);
  });

  test("is asked for again while Google's keys can't be had", async () => {
    const { risc } = stack.google;
    const other = await stack.replica();
    const token = await risc.sign(risc.event("account-enabled", { sub: "unknown" }));
    stack.google.faults.add({ match: { path: "/oauth2/v3/certs" }, respond: { status: 503 } });
    const url = `${other.url}/hooks/google/risc`;
    expect(await risc.send(url, token)).toMatchObject({ status: 503, body: { code: "provider_unavailable" } });
    expect((await risc.send(url, token)).status).toBe(202);
  });
});

async function noted(userId: string): Promise<unknown[]> {
  const events = await rowsOf(stack, "audit_events");
  return events.filter((one) => one.user_id === userId && one.action === "provider.event").map(({ detail }) => detail);
}

async function namesOf(userId: string): Promise<unknown> {
  const accounts = await rowsOf(stack, "user_external_accounts");
  return accounts.find((one) => one.user_id === userId && one.provider === "google")?.refresh_token_names;
}

async function loginOf(sub: string): Promise<string> {
  const identities = await rowsOf(stack, "identities");
  const { user_id: userId } = identities.find(({ provider_uid }) => provider_uid === sub) ?? {};
  return String(identities.find((one) => one.user_id === userId && one.provider === "github")?.login);
}
