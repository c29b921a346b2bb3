import { describe, expect, test } from "vitest";
import { readProviders } from "../../src/config/providers-file/read-providers-file.ts";
import { createProviders } from "../../src/providers/index.ts";

const github = { clientId: "a", clientSecret: "b", webUrl: "https://github.com", apiUrl: "https://api.github.com" };
const issuer = "https://id.acme.example";
const described = {
  issuer,
  authorization_endpoint: "https://login.acme.example/authorize",
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/keys`,
  userinfo_endpoint: `${issuer}/me`,
  revocation_endpoint: `${issuer}/revoke`,
  response_types_supported: ["code"],
  subject_types_supported: ["public"],
  id_token_signing_alg_values_supported: ["RS256"],
};

type Answer = { status?: number; body?: unknown };

/** A provider of an entry, whose server describes itself so and answers each other address as a test wants. */
function provide(fields = "", description: object = described, answers: Record<string, Answer> = {}) {
  const asked: string[] = [];
  const warnings: object[] = [];
  const fetch: typeof globalThis.fetch = async (input) => {
    const url = new URL(input instanceof Request ? input.url : input);
    asked.push(url.pathname);
    const discovery = url.pathname === "/.well-known/openid-configuration";
    const { status = 200, body = {} } = discovery ? { body: description } : (answers[url.pathname] ?? {});
    return Response.json(body, { status });
  };
  const text = `acme:
  kind: oidc
  name: Acme
  issuer: ${issuer}
  client_id_env: ID
  client_secret_env: SECRET
  scopes: [openid, email, offline_access, "notes:read"]
${fields}`;
  const file = readProviders(text, { ID: "id", SECRET: "secret" }, (says) => expect.unreachable(says));
  const log = { warn: (about: object) => void warnings.push(about) };
  const provider = createProviders({ fetch, log }, { github, file }).get("acme");
  if (!provider) throw new Error("there is no acme");
  return { provider, asked, warnings };
}

const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(described).filter(([name]) => !names.includes(name)));
const request = {
  purpose: "connect",
  redirectUri: "https://onbehalf.example/connect/acme/callback",
  state: "s",
  codeChallenge: "c",
  nonce: "n",
  scopes: ["openid"],
  loginHint: null,
} as const;
const claims = {
  sub: "7",
  preferred_username: "ada",
  nick: "countess",
  email: "a@acme.example",
  picture: `${issuer}/7.png`,
};

test("pages learn by themselves where their forms lead, also when that is another host than the issuer's", async () => {
  const { provider, asked } = provide();
  expect(provider.webOrigins().pages).toEqual([issuer]);
  await expect.poll(() => provider.webOrigins().pages).toEqual([issuer, "https://login.acme.example"]);
  expect(asked).toHaveLength(1);
});

test("a provider that can't be read is asked once a minute for it, and the operator is told", async () => {
  const { provider, asked, warnings } = provide("", { ...described, issuer: "https://evil.example" });
  for (let page = 0; page < 5; page++) provider.webOrigins();
  await expect.poll(() => warnings).toHaveLength(1);
  provider.webOrigins();
  expect(asked).toHaveLength(1);
  await expect(provider.authorizeUrl(request)).rejects.toMatchObject({ kind: "ours" });
});

test("10 a sign-in asks for what identifies alone", () => {
  expect(provide().provider.scopes).toMatchObject({
    asked: ["openid", "email", "offline_access", "notes:read"],
    signIn: ["openid", "email"],
  });
});

describe("who somebody is", () => {
  const tokens = { accessToken: "at", claims };

  test("07 is the subject, with the standard claims, and an address only when it is verified", async () => {
    const me = { ...claims, sub: "7", email_verified: false };
    const { provider } = provide("", described, { "/me": { body: me } });
    expect(await provider.identify(tokens)).toEqual({
      uid: "7",
      login: "ada",
      displayName: null,
      email: null,
      avatarUrl: `${issuer}/7.png`,
    });
  });

  test("has other claims where the entry says so, and stands in the ID token where there is no userinfo", async () => {
    const { provider } = provide("  identity: {login: nick, email: email}\n", without("userinfo_endpoint"));
    expect(await provider.identify(tokens)).toMatchObject({ uid: "7", login: "countess", email: "a@acme.example" });
  });

  test("is never another subject than the ID token's", async () => {
    const { provider } = provide("", described, { "/me": { body: { ...claims, sub: "8" } } });
    await expect(provider.identify(tokens)).rejects.toMatchObject({ code: "identity_unverified" });
  });
});

describe("whether a token lives", () => {
  test.each([
    [200, "alive"],
    [401, "dead"],
  ])("userinfo tells with %s: %s", async (status, state) => {
    const { provider } = provide("", described, { "/me": { status, body: { sub: "7" } } });
    expect(await provider.check("at", {})).toBe(state);
  });

  test("another address tells where the entry has one, and without either nobody knows", async () => {
    const answers = { "/graph": { status: 401 } };
    const { provider } = provide(`  check_url: ${issuer}/graph\n`, without("userinfo_endpoint"), answers);
    expect(await provider.check("at", {})).toBe("dead");
    const { provider: silent } = provide("", without("userinfo_endpoint"));
    await expect(silent.check("at", {})).rejects.toMatchObject({ kind: "ours" });
  });
});

describe("12 a grant ends", () => {
  const tokens = { accessToken: "at", refreshToken: "rt" };

  test("with both tokens, and one alone only where the entry says that it goes alone", async () => {
    const { provider, asked } = provide();
    expect(await provider.grantEnd?.end(tokens)).toBe("ended");
    expect(asked.filter((path) => path === "/revoke")).toHaveLength(2);
    expect(provider.endToken).toBeNull();
    expect(await provide("  revocation: {ends: token}\n").provider.endToken?.("at")).toBe("ended");
  });

  test("nowhere, as soon as it is known that the provider has no address for it", async () => {
    const { provider } = provide("", without("revocation_endpoint"));
    await expect(provider.grantEnd?.end(tokens)).rejects.toMatchObject({ kind: "ours" });
    expect([provider.grantEnd, provider.endToken]).toEqual([null, null]);
  });
});
