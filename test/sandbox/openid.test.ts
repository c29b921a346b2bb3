import { createRemoteJWKSet, jwtVerify } from "jose";
import * as client from "openid-client";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { defaultOpenidSwitches, type OpenidProvider, startOpenidProvider } from "../../sandbox/openid/index.ts";
import { Browser } from "../harness/browser.ts";
import { consent } from "../harness/consent.ts";

const callback = "http://127.0.0.1:9/callback";
const registered = { clientId: "app", clientSecret: "a secret", redirectUris: [callback] };
const ada = "100000000000000000001";
const calendar = "https://www.googleapis.com/auth/calendar";

let google: OpenidProvider;
let generic: OpenidProvider;
const said: unknown[] = [];

beforeAll(async () => {
  for (const level of ["warn", "info"] as const)
    vi.spyOn(console, level).mockImplementation((line) => void said.push(line));
  google = await startOpenidProvider({
    shape: "google",
    clients: [
      { ...registered, project: "p" },
      { ...registered, clientId: "sibling", project: "p" },
    ],
  });
  generic = await startOpenidProvider({ shape: "generic", clients: [registered] });
});
afterAll(async () => {
  await google.close();
  await generic.close();
  vi.restoreAllMocks();
});
beforeEach(() => {
  Object.assign(google.switches, defaultOpenidSwitches);
  Object.assign(generic.switches, defaultOpenidSwitches);
});

const discover = ({ issuer }: OpenidProvider, clientId = "app") =>
  client.discovery(new URL(issuer), clientId, "a secret", undefined, { execute: [client.allowInsecureRequests] });

/** Through the real pages, as a person who allows everything but `refuse`. */
async function authorize(
  provider: OpenidProvider,
  scope: string,
  {
    extra = {},
    refuse = [],
    clientId = "app",
  }: { extra?: Record<string, string>; refuse?: string[]; clientId?: string } = {},
) {
  const config = await discover(provider, clientId);
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expected = { pkceCodeVerifier, expectedState: client.randomState(), expectedNonce: client.randomNonce() };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope,
    state: expected.expectedState,
    nonce: expected.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    ...extra,
  });
  return { config, expected, back: await consent(url.href, { redirectUri: callback, sub: ada, refuse }) };
}

async function grant(provider: OpenidProvider, scope: string, how: Parameters<typeof authorize>[2] = {}) {
  const { config, expected, back } = await authorize(provider, scope, how);
  return { config, tokens: await client.authorizationCodeGrant(config, back, expected) };
}

const offline = { access_type: "offline", prompt: "consent" };

describe("in Google's shape", () => {
  test("its addresses are Google's, and the callback says who answers", async () => {
    const { config, back } = await authorize(google, "openid email");
    const { authorization_endpoint, token_endpoint, revocation_endpoint, userinfo_endpoint, jwks_uri } =
      config.serverMetadata();
    expect([authorization_endpoint, token_endpoint, revocation_endpoint, userinfo_endpoint, jwks_uri]).toEqual(
      ["/o/oauth2/v2/auth", "/token", "/revoke", "/v1/userinfo", "/oauth2/v3/certs"].map(
        (path) => google.issuer + path,
      ),
    );
    expect(back.searchParams.get("iss")).toBe(google.issuer);
  });

  test("says who somebody is in the ID token, and names scopes by their long names", async () => {
    const { tokens } = await grant(google, "openid email profile");
    expect(tokens.claims()).toMatchObject({ sub: ada, email: "ada@example.com", hd: "example.com", name: "Ada Byron" });
    expect(tokens.scope?.split(" ").sort()).toEqual([
      "https://www.googleapis.com/auth/userinfo.email",
      "https://www.googleapis.com/auth/userinfo.profile",
      "openid",
    ]);
  });

  test("gives a refresh token only for offline access, and again only with prompt=consent", async () => {
    google.revokeGrant(ada);
    expect((await grant(google, "openid")).tokens.refresh_token).toBeUndefined();
    google.revokeGrant(ada);
    expect((await grant(google, "openid", { extra: { access_type: "offline" } })).tokens.refresh_token).toBeTypeOf(
      "string",
    );
    expect((await grant(google, "openid", { extra: { access_type: "offline" } })).tokens.refresh_token).toBeUndefined();
    expect((await grant(google, "openid", { extra: offline })).tokens.refresh_token).toBeTypeOf("string");
  });

  test("refreshes without another refresh token", async () => {
    const { config, tokens } = await grant(google, "openid email", { extra: offline });
    for (let again = 0; again < 2; again++) {
      const next = await client.refreshTokenGrant(config, tokens.refresh_token ?? "");
      expect(next.access_token).not.toBe(tokens.access_token);
      expect(next).not.toHaveProperty("refresh_token");
    }
  });

  test("grants what the person left ticked, and adds it to what was granted before when asked to", async () => {
    google.revokeGrant(ada);
    const { tokens } = await grant(google, `openid ${calendar} ${calendar}.events`, { refuse: [calendar] });
    expect(tokens.scope?.split(" ").sort()).toEqual([`${calendar}.events`, "openid"]);
    const more = await grant(google, `openid ${calendar}`, { extra: { include_granted_scopes: "true" } });
    expect(more.tokens.scope?.split(" ").sort()).toEqual([calendar, `${calendar}.events`, "openid"]);
    expect((await grant(google, "openid")).tokens.scope).toBe("openid");
  });

  test("asks for nothing that it doesn't know", async () => {
    const config = await discover(google);
    const page = await new Browser().open(
      client.buildAuthorizationUrl(config, { redirect_uri: callback, scope: "openid nonsense", state: "s" }).href,
    );
    expect(page).toMatchObject({ status: 400, text: expect.stringContaining("invalid_scope") });
  });

  test.each(["refresh_token", "access_token"] as const)("ends everything in the project for one %s", async (kind) => {
    const { config, tokens } = await grant(google, "openid", { extra: offline });
    const other = await grant(google, "openid", { extra: offline, clientId: "sibling" });
    const revoke = (token: string) =>
      fetch(`${google.issuer}/revoke`, { method: "POST", body: new URLSearchParams({ token }) });
    expect((await revoke(tokens[kind] ?? "")).status).toBe(200);
    expect(google.grants()).toEqual([]);
    const refused = client.refreshTokenGrant(other.config, other.tokens.refresh_token ?? "");
    await expect(refused).rejects.toMatchObject({ error: "invalid_grant" });
    const again = await revoke(tokens[kind] ?? "");
    expect([again.status, await again.json()]).toMatchObject([400, { error: "invalid_token" }]);
    await expect(client.fetchUserInfo(config, tokens.access_token, ada)).rejects.toThrow();
  });

  test("drops the oldest of too many refresh tokens without a word", async () => {
    google.switches.refreshTokenLimit = 1;
    const first = await grant(google, "openid", { extra: offline });
    const second = await grant(google, "openid", { extra: offline });
    await expect(client.refreshTokenGrant(first.config, first.tokens.refresh_token ?? "")).rejects.toThrow();
    await client.refreshTokenGrant(second.config, second.tokens.refresh_token ?? "");
  });

  test("its calendar wants the right scope", async () => {
    const read = async (token: string) =>
      (
        await fetch(`${google.issuer}/calendar/v3/calendars/primary/events`, {
          headers: { authorization: `Bearer ${token}` },
        })
      ).status;
    expect(await read((await grant(google, `openid ${calendar}.readonly`)).tokens.access_token)).toBe(200);
    expect(await read((await grant(google, "openid")).tokens.access_token)).toBe(403);
    expect(await read("nobody's")).toBe(401);
  });

  test("a person takes back what they gave on the page at /", async () => {
    await grant(google, "openid", { extra: offline });
    const browser = new Browser();
    const page = await browser.open(`${google.issuer}/`);
    expect(page.text).toContain("Ada Byron");
    const after = await browser.submit(page, "Remove access", { sub: ada });
    expect(after.text).toContain("Nobody has given anybody anything.");
    expect(google.grants()).toEqual([]);
  });

  test("signs security events with the keys that its configuration names", async () => {
    const configuration: unknown = await (await fetch(`${google.issuer}/.well-known/risc-configuration`)).json();
    expect(configuration).toEqual({ issuer: `${google.issuer}/`, jwks_uri: `${google.issuer}/oauth2/v3/certs` });
    const token = await google.risc.sign(google.risc.event("sessions-revoked", { sub: ada }));
    const keys = createRemoteJWKSet(new URL(`${google.issuer}/oauth2/v3/certs`));
    const { payload } = await jwtVerify(token, keys, { issuer: google.risc.issuer, audience: "app" });
    expect(payload.jti).toBeTypeOf("string");
    for (const signing of ["foreign", "unknown_key", "hmac", "none"] as const) {
      await expect(jwtVerify(await google.risc.sign({}, {}, signing), keys)).rejects.toThrow();
    }
  });
});

describe("in the generic shape", () => {
  test("rotates refresh tokens, and ends the grant when a used one comes again", async () => {
    const { config, tokens } = await grant(generic, "openid email");
    expect(tokens.claims()).not.toHaveProperty("email");
    expect(await client.fetchUserInfo(config, tokens.access_token, ada)).toMatchObject({ email: "ada@example.com" });
    const next = await client.refreshTokenGrant(config, tokens.refresh_token ?? "");
    expect(next.refresh_token).not.toBe(tokens.refresh_token);
    await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? "")).rejects.toMatchObject({
      error: "invalid_grant",
    });
    await expect(client.refreshTokenGrant(config, next.refresh_token ?? "")).rejects.toMatchObject({
      error: "invalid_grant",
    });
  });

  test("revokes, and says nothing of tokens that it doesn't know", async () => {
    const { config, tokens } = await grant(generic, "openid");
    await client.tokenRevocation(config, tokens.refresh_token ?? "");
    await client.tokenRevocation(config, "unknown");
    await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? "")).rejects.toMatchObject({
      error: "invalid_grant",
    });
  });

  test("gives refresh tokens as the switch says", async () => {
    generic.switches.refreshTokens = "offline_access";
    expect((await grant(generic, "openid")).tokens).not.toHaveProperty("refresh_token");
    const asked = await grant(generic, "openid offline_access", { extra: { prompt: "consent" } });
    expect(asked.tokens.refresh_token).toBeTypeOf("string");
  });

  test.each(["audience", "issuer", "nonce", "expired", "algorithm_none", "signature", "subject_missing"] as const)(
    "can't be believed: %s",
    async (fault) => {
      generic.switches.idToken = fault;
      const { config, expected, back } = await authorize(generic, "openid");
      client.enableNonRepudiationChecks(config);
      await expect(client.authorizationCodeGrant(config, back, expected)).rejects.toThrow();
    },
  );

  test("can't be believed: the issuer in the callback, or in the discovery document", async () => {
    generic.switches.callbackIssuer = { other: "https://evil.example" };
    const { config, expected, back } = await authorize(generic, "openid");
    await expect(client.authorizationCodeGrant(config, back, expected)).rejects.toThrow();
    generic.switches.discoveryIssuer = { other: "https://evil.example" };
    await expect(discover(generic)).rejects.toThrow();
  });

  test("a person who says no comes back with access_denied, and takes no token along", async () => {
    const before = generic.issuedTokens().length;
    const config = await discover(generic);
    const browser = new Browser();
    const page = await browser.open(
      client.buildAuthorizationUrl(config, { redirect_uri: callback, scope: "openid", state: "s" }).href,
    );
    const action = new URL(/action="([^"]+)"/.exec(page.text)?.[1] ?? "", page.url).href;
    const first = await browser.request(action, { method: "POST", body: new URLSearchParams({ action: "cancel" }) });
    const back = await browser.request(new URL(first.headers.get("location") ?? "", page.url).href);
    expect(back.headers.get("location")).toMatch(/error=access_denied/);
    expect(generic.issuedTokens()).toHaveLength(before);
  });

  test("plays faults, once the person's work is done or before", async () => {
    const { config, tokens } = await grant(generic, "openid");
    generic.faults.add({ match: { operation: "refresh" }, respond: { status: 503 } });
    await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? "")).rejects.toThrow();
    generic.faults.add({ match: { operation: "refresh", login: ada }, dropAfterHandling: true });
    await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? "")).rejects.toThrow();
    await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? "")).rejects.toMatchObject({
      error: "invalid_grant",
    });
    expect(generic.requests.filter(({ operation }) => operation === "refresh").length).toBeGreaterThanOrEqual(3);
  });
});

test("oidc-provider has nothing to complain about", async () => {
  await grant(google, "openid", { extra: offline });
  await grant(generic, "openid");
  expect(said).toEqual([]);
});
