import { createHmac, randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { createDelegation } from "../../src/store/delegations.ts";
import { answerGithub, codeOf, location, ownForm } from "../harness/authorization.ts";
import { Browser, type Page } from "../harness/browser.ts";
import { useCanary } from "../harness/canary.ts";
import { consent } from "../harness/consent.ts";
import { deliver } from "../harness/deliveries.ts";
import { duringFile } from "../harness/during-file.ts";
import { useFiveProviders } from "../harness/five-providers.ts";
import { readCalendar } from "../harness/google.ts";
import { newcomer } from "../harness/people.ts";
import { startPlatform } from "../harness/platform.ts";
import type { ApiAnswer } from "../harness/stack.ts";
import { stored } from "../harness/stored.ts";
import { age, storedAccount } from "../harness/stored-account.ts";
import { amocrmSubject } from "../providers/contract/amocrm-subject.ts";
import { openidSubject } from "../providers/contract/openid-subject.ts";
import type { Subject, SubjectPerson } from "../providers/contract/subject.ts";

/*
 * What somebody can send who wants another's account: each is refused with a code of its own, changes nothing, sends no
 * code to be exchanged, and reaches no host that it names.
 */

const canary = useCanary();
const platform = duringFile(startPlatform, (one) => one.stop());
const five = useFiveProviders(() => ({ RETURN_TO_ORIGINS: platform.origin }));

const victim = { browser: new Browser(), login: "", id: 0, userId: "" };
const parts = new Map<string, { subject: Subject; person: SubjectPerson }>();
let host: { key: string };

beforeAll(async () => {
  const { stack, google, openid, amocrm } = five;
  Object.assign(victim, newcomer(stack));
  const { userId } = await stack.connect(victim.login, (await stack.signIn(victim.login, victim.browser)).browser);
  victim.userId = userId;
  const subjects = [
    openidSubject(stack, google, {
      provider: "google",
      clientId: "onbehalf-at-google",
      refusableScope: readCalendar,
      rotation: false,
    }),
    openidSubject(stack, openid, { provider: "acme", clientId: "one", refusableScope: "notes:write", rotation: true }),
    await amocrmSubject(stack, amocrm),
  ];
  for (const subject of subjects) {
    const person = subject.newPerson();
    parts.set(subject.provider, { subject, person });
    const asked = await victim.browser.post(`${stack.url}/connect/${subject.provider}`, {}, `${stack.url}/accounts`);
    expect((await subject.consent(victim.browser, asked, person)).status).toBe(200);
  }
  host = await stack.bot("acme-platform", "platform");
  platform.use(stack, host.key);
  // A canary that nobody hears would sing in vain.
  await fetch(canary.origin);
  expect(canary.reached()).toBe(1);
});

interface Outcome {
  status: number;
  code: unknown;
}

const ofPage = (page: Page): Outcome => ({ status: page.status, code: codeOf(page) });
const ofAnswer = ({ status, body }: Pick<ApiAnswer, "status" | "body">): Outcome => ({ status, code: body.code });

/** The victim connects once more, and stands before the callback. */
async function callbackOf(provider: "google" | "acme" | "amocrm"): Promise<URL> {
  const { stack, amocrm } = five;
  const started = await victim.browser.request(`${stack.url}/connect/${provider}`, {
    method: "POST",
    headers: ownForm,
  });
  const asked = location(started);
  const { uid } = parts.get(provider)?.person ?? { uid: "" };
  if (provider !== "amocrm") {
    return consent(asked.href, { redirectUri: `${stack.url}/connect/${provider}/callback`, sub: uid });
  }
  const body = new URLSearchParams({
    client_id: amocrm.integration.clientId,
    state: asked.searchParams.get("state") ?? "",
    who: uid,
    action: "allow",
  });
  return location(await new Browser().request(`${amocrm.webUrl}/oauth/answer`, { method: "POST", body }));
}

async function altered(provider: "google" | "acme" | "amocrm", name: string, value: string): Promise<URL> {
  const callback = await callbackOf(provider);
  callback.searchParams.set(name, value);
  return callback;
}

const open = async (callback: URL) => ofPage(await victim.browser.open(callback.href));

/** A bot's call that needs a token of the victim's which has expired. */
async function callAs(provider: string): Promise<ApiAnswer> {
  const { stack } = five;
  const { id: botId, key } = await stack.bot(`caller-at-${provider}`);
  await createDelegation(stack.database, {
    userId: victim.userId,
    botId,
    provider,
    repositories: ["*"],
    branches: ["*"],
    capabilities: ["commit", "api:read"],
    endsAt: null,
    grantedBy: "user",
  });
  await age(stack, victim.userId, "expired", provider);
  if (provider === "github") return stack.commit(key, { user: victim.userId });
  const headers = { "x-on-behalf-of": victim.userId };
  return stack.call("GET", `/proxy/${provider}/anything`, { key, headers });
}

/** A delivery of GitHub's that somebody else has signed. */
function delivery(app: "github" | "github-lite") {
  const body = JSON.stringify({ action: "revoked", sender: { id: victim.id, login: victim.login } });
  const signature = createHmac("sha256", "another secret").update(body).digest("hex");
  const headers = {
    "x-github-event": "github_app_authorization",
    "x-github-delivery": randomUUID(),
    "x-hub-signature-256": `sha256=${signature}`,
  };
  return five.stack.call("POST", `/api/${app}/webhooks`, { body, headers });
}

function uninstallHook(change: (address: URL) => void = () => undefined) {
  const address = new URL(five.amocrm.hookAddress(five.amocrm.account("example").id));
  change(address);
  return five.stack.call("GET", `${address.pathname}${address.search}`);
}

/** What would end the victim's sessions, if Google had said it. */
const sessionsRevoked = () =>
  five.google.risc.event("sessions-revoked", { sub: parts.get("google")?.person.uid ?? "" });
const tell = async (token: string) =>
  ofAnswer(await five.google.risc.send(`${five.stack.url}/hooks/google/risc`, token));

/** With a key of the sender's own, which the token says where to fetch. */
async function signedByStranger(): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const keys = `${canary.origin}/keys`;
  const header = { alg: "RS256", kid: "mine", jku: keys, x5u: keys, jwk: await exportJWK(publicKey) };
  const claims = {
    iss: five.google.risc.issuer,
    aud: "onbehalf-at-google",
    jti: randomUUID(),
    events: sessionsRevoked(),
  };
  return new SignJWT(claims).setProtectedHeader(header).setIssuedAt().sign(privateKey);
}

/** What is sent, made ready first: it begins where `stored` is looked at. */
type Attack = [what: string, status: number, code: string, prepare: () => Promise<() => Promise<Outcome>>];

const attacks: Attack[] = [
  [
    "a referer that names another host",
    400,
    "host_not_allowed",
    async () => {
      const callback = await altered("amocrm", "referer", canary.host);
      return () => open(callback);
    },
  ],
  [
    "a referer that names another host below a name of this machine",
    400,
    "host_not_allowed",
    async () => {
      const callback = await altered("amocrm", "referer", `example.localhost:${new URL(canary.origin).port}`);
      return () => open(callback);
    },
  ],
  [
    "a return_to of another origin",
    400,
    "return_to_not_allowed",
    async () => async () => {
      const body = { provider: "github", return_to: `${canary.origin}/connected` };
      return ofAnswer(
        await five.stack.call("POST", `/api/v1/users/${victim.userId}/connect-links`, { key: host.key, body }),
      );
    },
  ],
  ...(["google", "acme"] as const).map(
    (provider): Attack => [
      `an iss of another server, in the callback of ${provider}`,
      400,
      "issuer_mismatch",
      async () => {
        const callback = await altered(provider, "iss", canary.origin);
        return () => open(callback);
      },
    ],
  ),
  ...(
    [
      ["google", "acme"],
      ["acme", "google"],
      ["google", "github"],
      ["amocrm", "google"],
    ] as const
  ).map(
    ([from, to]): Attack => [
      `the callback of ${from} at ${to} (mix-up)`,
      400,
      "state_foreign",
      async () => {
        const callback = await callbackOf(from);
        callback.pathname = `/connect/${to}/callback`;
        return () => open(callback);
      },
    ],
  ),
  [
    "a callback in another browser",
    400,
    "state_foreign",
    async () => {
      const callback = await callbackOf("google");
      const { browser } = await five.stack.signIn(newcomer(five.stack).login);
      return async () => ofPage(await browser.open(callback.href));
    },
  ],
  [
    "a connect link that was forwarded",
    403,
    "link_other_user",
    async () => {
      const link = await platform.link("attacker");
      return async () => {
        await victim.browser.open(link);
        return ofPage(await victim.browser.post(link));
      };
    },
  ],
  [
    "a completion code that was stolen",
    422,
    "connect_code_invalid",
    async () => {
      const { stack } = five;
      const browser = new Browser();
      platform.signIn(browser, "owner");
      const asked = await browser.open(await platform.link("owner"));
      const choice = { login: newcomer(stack).login, action: "authorize" };
      const page = await browser.submit(await browser.submit(asked, "Continue to GitHub"), "Authorize", choice);
      const sent = await browser.request(`${page.url}/confirm`, { method: "POST", headers: ownForm });
      const code = location(sent).searchParams.get("connect_code") ?? "";
      await stack.call("PUT", "/api/v1/users/ext.thief", { key: host.key });
      return async () => {
        const path = "/api/v1/users/ext.thief/connect-completions";
        return ofAnswer(await stack.call("POST", path, { key: host.key, body: { code } }));
      };
    },
  ],
  [
    "an uninstall hook that is replayed",
    409,
    "hook_unconfirmed",
    async () => async () => ofAnswer(await uninstallHook()),
  ],
  [
    "an uninstall hook with another signature",
    401,
    "signature_invalid",
    async () => async () =>
      ofAnswer(await uninstallHook(({ searchParams }) => searchParams.set("signature", "0".repeat(64)))),
  ],
  ...(["github", "github-lite"] as const).map(
    (app): Attack => [
      `a delivery with another signature at ${app}`,
      401,
      "signature_invalid",
      async () => async () => ofAnswer(await delivery(app)),
    ],
  ),
  [
    "a security event with another signature",
    400,
    "event_signature",
    async () => async () => tell(await five.google.risc.sign(sessionsRevoked(), {}, "foreign")),
  ],
  [
    "a security event for another audience",
    400,
    "event_audience",
    async () => async () => tell(await five.google.risc.sign(sessionsRevoked(), { aud: ["another client"] })),
  ],
  [
    "a security event of another issuer",
    400,
    "event_issuer",
    async () => async () => tell(await five.google.risc.sign(sessionsRevoked(), { iss: `${canary.origin}/` })),
  ],
  [
    "a security event by an unknown key, which says where to find it",
    400,
    "event_key_unknown",
    async () => async () => tell(await signedByStranger()),
  ],
  [
    "a security event with alg: none",
    400,
    "event_algorithm",
    async () => async () => tell(await five.google.risc.sign(sessionsRevoked(), {}, "none")),
  ],
  [
    "a security event that comes again",
    202,
    "event_repeated",
    async () => {
      const token = await five.google.risc.sign(sessionsRevoked());
      expect(await tell(token)).toEqual({ status: 202, code: undefined });
      await expect.poll(isSignedIn).toBe(false);
      await five.stack.signIn(victim.login, victim.browser);
      return () => tell(token);
    },
  ],
];

async function isSignedIn(): Promise<boolean> {
  const page = await victim.browser.request(`${five.stack.url}/accounts`);
  return page.status === 200;
}

/** All that none of them may change. */
async function everything() {
  const { stack, google, openid, amocrm } = five;
  const { requests } = stack.sandbox;
  return {
    ...(await stored(stack)),
    granted: [google.grants(), openid.grants()],
    sold: amocrm.livingPairs({
      accountId: amocrm.account("example").id,
      userId: Number(parts.get("amocrm")?.person.login),
    }),
    exchanged:
      [...requests, ...google.requests, ...openid.requests].filter(({ operation }) => operation === "exchange").length +
      amocrm.calls.filter(({ path }) => path === "/oauth2/access_token").length,
  };
}

describe("refused, with nothing changed and nobody asked who isn't the provider", () => {
  test.each(attacks)("%s: %i %s", async (_what, status, code, prepare) => {
    const attack = await prepare();
    const before = await everything();
    expect(await attack()).toEqual({ status, code });
    expect(await isSignedIn()).toBe(true);
    expect(await everything()).toEqual(before);
    expect(canary.reached()).toBe(1);
  });
});

test.each(["github", "google", "acme", "amocrm"] as const)(
  "15 a redirect of %s's token endpoint is not followed, with a code, a refresh token or our secret in hand",
  async (provider) => {
    const { stack, google, openid, amocrm } = five;
    const servers = { github: stack.sandbox, google, acme: openid, amocrm };
    const respond = { status: 307, headers: { location: `${canary.origin}/token` }, body: "" };
    servers[provider].faults.add({ match: { operation: "exchange" }, respond });
    const callback =
      provider === "github"
        ? (await answerGithub(stack, victim.browser, "/connect/github", { login: victim.login })).callback
        : await callbackOf(provider);
    const before = await stored(stack);
    expect(await open(callback)).toEqual({ status: 502, code: "provider_garbled" });
    expect(await stored(stack)).toEqual(before);

    servers[provider].faults.add({ match: { operation: "refresh" }, respond });
    expect(ofAnswer(await callAs(provider))).toEqual({ status: 502, code: "provider_garbled" });
    expect(await storedAccount(stack, victim.userId, provider)).toMatchObject({ state: "active" });
    await age(stack, victim.userId, "valid", provider);
    expect(canary.reached()).toBe(1);
  },
);

test("a delivery of GitHub's that is replayed, under its own id or another, ends nothing that lives", async () => {
  const { stack } = five;
  const event = { action: "revoked", sender: { id: victim.id, login: victim.login, type: "User" } };
  const before = await stored(stack);
  const { deliveryId } = await deliver(stack, "github_app_authorization", event);
  await deliver(stack, "github_app_authorization", event, { id: deliveryId });
  await deliver(stack, "github_app_authorization", event);
  expect(await stored(stack)).toEqual(before);
});

test("a sign-in that is to end at another site ends here", async () => {
  const browser = new Browser();
  for (const returnTo of [canary.origin, `//${canary.host}/`, `/\\${canary.host}/`]) {
    const start = await browser.post(`${five.stack.url}/sign-in/github`, { return_to: returnTo });
    const page = await browser.submit(start, "Authorize", { login: victim.login, action: "authorize" });
    expect(page.url).toBe(`${five.stack.url}/accounts`);
    await browser.submit(page, "Sign out");
  }
  expect(canary.reached()).toBe(1);
});
