import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { defaultOpenidSwitches, type OpenidProvider, startOpenidProvider } from "../../sandbox/openid/index.ts";
import { createGoogle } from "../../src/providers/google.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { consent } from "../harness/consent.ts";

const redirectUri = "http://127.0.0.1:9/connect/google/callback";
const codeVerifier = "a-verifier-of-at-least-forty-three-characters";
const [ada, linus] = ["100000000000000000001", "100000000000000000003"];

let google: OpenidProvider;
let challenge: string;

beforeAll(async () => {
  google = await startOpenidProvider({
    shape: "google",
    clients: [{ clientId: "app", clientSecret: "a secret", redirectUris: [redirectUri] }],
  });
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(codeVerifier));
  challenge = Buffer.from(digest).toString("base64url");
});
afterAll(() => google.close());
beforeEach(() => {
  Object.assign(google.switches, defaultOpenidSwitches);
  google.faults.clear();
});

const make = (hostedDomain: string | null = null): Provider =>
  createGoogle(
    { fetch },
    {
      clientId: "app",
      clientSecret: "a secret",
      issuer: google.issuer,
      scopes: { asked: ["openid", "email", "profile"], required: [], optional: [] },
      hostedDomain,
      signIn: true,
    },
  );

async function connect(provider: Provider, sub: string, purpose: "connect" | "sign_in" = "connect") {
  const address = await provider.authorizeUrl({
    purpose,
    redirectUri,
    state: "s",
    nonce: "n",
    codeChallenge: challenge,
    scopes: provider.scopes.asked,
    loginHint: null,
  });
  const parameters = Object.fromEntries((await consent(address, { redirectUri, sub })).searchParams);
  const request = { parameters, code: parameters.code ?? "", state: "s", codeVerifier, nonce: "n", redirectUri };
  return { address, exchanged: await provider.exchange(request) };
}

test("07 a person is their subject; the domain that Google vouches for is asked for and then looked at", async () => {
  const provider = make("example.com");
  const { address, exchanged } = await connect(provider, ada);
  expect(new URL(address).searchParams.get("hd")).toBe("example.com");
  expect(await provider.identify(exchanged)).toEqual({
    uid: ada,
    login: "ada@example.com",
    displayName: "Ada Byron",
    email: "ada@example.com",
    avatarUrl: null,
  });
  const { exchanged: foreign } = await connect(provider, linus);
  await expect(provider.identify(foreign)).rejects.toMatchObject({ code: "domain_not_allowed" });
  // Also where only the access token is left to ask with.
  const { claims: _claims, ...tokens } = foreign;
  await expect(provider.identify(tokens)).rejects.toMatchObject({ code: "domain_not_allowed" });
});

test("10 a sign-in asks for who somebody is, and for no access that lasts", async () => {
  const { address, exchanged } = await connect(make(), ada, "sign_in");
  const query = new URL(address).searchParams;
  expect([query.get("access_type"), query.get("prompt"), query.get("scope")]).toEqual([
    "online",
    null,
    "openid email profile",
  ]);
  expect(exchanged).toMatchObject({ refreshToken: null, scopes: ["openid", "email", "profile"] });
});

test("says when a refresh token of an app in testing ends", async () => {
  google.switches.refreshTokenExpiresIn = 604_799;
  expect((await connect(make(), ada)).exchanged).toMatchObject({ refreshExpiresIn: 604_799, accessExpiresIn: 3600 });
});

test("12 ends the grant by the refresh token, or by the access token where the other one is gone alone", async () => {
  const provider = make();
  google.switches.refreshTokenLimit = 1;
  const { exchanged: first } = await connect(provider, ada);
  const { exchanged: second } = await connect(provider, ada);
  expect(await provider.check(first.accessToken, {})).toBe("alive");
  expect(await provider.grantEnd?.end(first)).toBe("ended");
  expect(await provider.check(second.accessToken, {})).toBe("dead");
  expect(await provider.grantEnd?.end(second)).toBe("not_found");
});

test("12 what Google does not answer as it should is no end of a grant", async () => {
  const provider = make();
  const { exchanged } = await connect(provider, ada);
  google.faults.add({ match: { path: "/revoke" }, respond: { status: 400, body: { error: "invalid_request" } } });
  await expect(provider.grantEnd?.end(exchanged)).rejects.toMatchObject({ kind: "garbled" });
  google.faults.add({ match: { path: "/revoke" }, respond: { status: 503 } });
  await expect(provider.grantEnd?.end(exchanged)).rejects.toMatchObject({ kind: "unreachable" });
  expect(await provider.grantEnd?.end(exchanged)).toBe("ended");
});

test("what says nothing of a token does not call it dead", async () => {
  const provider = make();
  const { exchanged } = await connect(provider, ada);
  google.faults.add({ match: { path: "/v1/userinfo" }, respond: { status: 403, body: {} } });
  await expect(provider.check(exchanged.accessToken, {})).rejects.toMatchObject({ kind: "garbled" });
});

test("pictures come from Google's own host alone, since our pages load from nowhere else", async () => {
  const provider = make();
  const claims = { sub: ada, picture: `${google.issuer}/photo.jpg` };
  expect(await provider.identify({ accessToken: "", claims })).toMatchObject({ avatarUrl: claims.picture });
  const foreign = { ...claims, picture: "https://evil.example/photo.jpg" };
  expect(await provider.identify({ accessToken: "", claims: foreign })).toMatchObject({ avatarUrl: null });
});
