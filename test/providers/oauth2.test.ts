import { describe, expect, test } from "vitest";
import { readProviders } from "../../src/config/providers-file/read-providers-file.ts";
import { ProviderFailure } from "../../src/providers/failure.ts";
import { ForgedCallback } from "../../src/providers/forgery.ts";
import { createProviders } from "../../src/providers/index.ts";
import type { AuthorizeRequest, ExchangeRequest } from "../../src/providers/provider.ts";

const github = { clientId: "a", clientSecret: "b", webUrl: "https://github.com", apiUrl: "https://api.github.com" };

interface Sent {
  url: string;
  method: string;
  headers: Headers;
  body: string;
}
type Answer = { status?: number; body?: unknown; headers?: Record<string, string> };

/** A provider of an entry whose server answers what a test wants. */
function provide(fields: string, answers: Answer[] = []) {
  const sent: Sent[] = [];
  const warnings: object[] = [];
  const waiting = [...answers];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    sent.push({
      url: String(input),
      method: init?.method ?? "GET",
      headers: new Headers(init?.headers),
      body: typeof init?.body === "string" ? init.body : "",
    });
    const { status = 200, body = {}, headers } = waiting.shift() ?? {};
    return new Response(typeof body === "string" ? body : JSON.stringify(body), {
      status,
      ...(headers && { headers }),
    });
  };
  const text = `acme:
  kind: oauth2
  name: Acme
  client_id_env: ID
  client_secret_env: SECRET
  authorize_url: https://acme.example/authorize?team=1
  token_url: https://acme.example/token
${fields}`;
  const faults: string[] = [];
  const file = readProviders(text, { ID: "id:1", SECRET: "s+cret /" }, (says) => faults.push(says));
  expect(faults).toEqual([]);
  const log = { warn: (about: object) => void warnings.push(about) };
  const provider = createProviders({ fetch, log }, { github, file }).get("acme");
  if (!provider) throw new Error("there is no acme");
  return { provider, sent, warnings };
}

const fromUrl = "  identity_url: https://acme.example/me\n  identity: {uid: id}\n";
const tokens = { access_token: "at", refresh_token: "rt", expires_in: 60, scope: "a b" };

const authorize: AuthorizeRequest = {
  purpose: "connect",
  redirectUri: "https://onbehalf.example/connect/acme/callback",
  state: "the-state",
  codeChallenge: "the-challenge",
  nonce: "the-nonce",
  scopes: ["a", "b"],
  loginHint: null,
};
const exchange: ExchangeRequest = {
  parameters: {},
  code: "the-code",
  state: "the-state",
  codeVerifier: "the-verifier",
  nonce: "the-nonce",
  redirectUri: authorize.redirectUri,
};

describe("where a browser is sent", () => {
  const parametersOf = async (fields: string) => {
    const url = new URL(await provide(fromUrl + fields).provider.authorizeUrl(authorize));
    return Object.fromEntries(url.searchParams);
  };

  test("as RFC 6749 and 7636 have it, with what the address had already", async () => {
    expect(await parametersOf("")).toEqual({
      team: "1",
      response_type: "code",
      client_id: "id:1",
      redirect_uri: authorize.redirectUri,
      state: "the-state",
      scope: "a b",
      code_challenge: "the-challenge",
      code_challenge_method: "S256",
    });
  });

  test("with what the entry changes", async () => {
    const parameters = await parametersOf(
      '  pkce: false\n  scope_parameter: user_scope\n  scope_separator: ","\n  authorize_parameters: {prompt: consent}\n',
    );
    expect(parameters).toMatchObject({ user_scope: "a,b", prompt: "consent" });
    expect(parameters).not.toHaveProperty("scope");
    expect(parameters).not.toHaveProperty("code_challenge");
  });
});

describe("the client shows who it is", () => {
  // RFC 6749, 2.3.1: encoded as in a form first.
  const basic = `Basic ${Buffer.from("id%3A1:s%2Bcret+%2F").toString("base64")}`;
  const code = { grant_type: "authorization_code", code: "the-code", redirect_uri: authorize.redirectUri };
  const inBody = { client_id: "id:1", client_secret: "s+cret /" };
  const verifier = { code_verifier: "the-verifier" };

  test.each([
    ["with HTTP Basic", "", basic, "form", { ...code, ...verifier }],
    ["in the form", "  client_authentication: post\n", null, "form", { ...inBody, ...code, ...verifier }],
    ["in a JSON body", "  client_authentication: json\n", null, "json", { ...inBody, ...code, ...verifier }],
    ["with Basic beside JSON, and no PKCE", "  token_body: json\n  pkce: false\n", basic, "json", code],
  ])("%s", async (_how, fields, authorization, kind, parameters) => {
    const { provider, sent } = provide(`${fromUrl}${fields}  request_headers: {Acme-Version: "7"}\n`, [
      { body: tokens },
    ]);
    expect(await provider.exchange(exchange)).toEqual({
      accessToken: "at",
      refreshToken: "rt",
      accessExpiresIn: 60,
      refreshExpiresIn: null,
      scopes: ["a", "b"],
    });
    const [{ url, method, headers, body } = { url: "", method: "", headers: new Headers(), body: "" }] = sent;
    expect([url, method]).toEqual(["https://acme.example/token", "POST"]);
    expect(headers.get("authorization")).toBe(authorization);
    expect(headers.get("acme-version")).toBe("7");
    expect(kind === "json" ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body))).toEqual(parameters);
  });
});

describe("tokens are found", () => {
  test("where the entry says, also when a refresh answers in another shape", async () => {
    const user =
      "{access_token: authed.access, refresh_token: authed.refresh, expires_in: authed.life, scope: authed.scope}";
    const { provider } = provide(
      `${fromUrl}  scope_separator: ","\n  token_answer: ${user}\n  refresh_answer: {expires_in: life}\n`,
      [
        { body: { access_token: "the bot's", authed: { access: "u1", refresh: "r1", life: "43200", scope: "a,b" } } },
        { body: { access_token: "u2", refresh_token: "r2", life: 10, scope: ["a"] } },
      ],
    );
    expect(await provider.exchange(exchange)).toMatchObject({
      accessToken: "u1",
      refreshToken: "r1",
      accessExpiresIn: 43_200,
      scopes: ["a", "b"],
    });
    expect(await provider.refresh("r1", {})).toMatchObject({ accessToken: "u2", accessExpiresIn: 10, scopes: ["a"] });
  });

  test("and what is said about them and can't be understood counts as not said", async () => {
    const odd = { access_token: "at", refresh_token: 7, expires_in: "soon", scope: 3 };
    const { provider } = provide(fromUrl, [{ body: odd }]);
    expect(await provider.refresh("r", {})).toEqual({
      accessToken: "at",
      refreshToken: null,
      accessExpiresIn: null,
      refreshExpiresIn: null,
      scopes: null,
    });
  });

  test("and no token is taken that can't stand in a header, where an error would quote it", async () => {
    const { provider, sent } = provide(fromUrl, [{ body: { ...tokens, access_token: "a-secret\nof-theirs" } }]);
    await expect(provider.exchange(exchange)).rejects.toMatchObject({ kind: "garbled", cause: undefined });
    expect(sent).toHaveLength(1);
  });

  test.each([
    [false, "r2", true],
    [true, null, true],
    [true, "r2", false],
    [false, null, false],
  ])("a server said to rotate (%s) that answers %s is told of: %s", async (rotation, refreshToken, told) => {
    const { provider, warnings } = provide(`${fromUrl}  rotation: ${rotation}\n`, [
      { body: { access_token: "at", refresh_token: refreshToken } },
    ]);
    expect(await provider.refresh("r1", {})).toMatchObject({ refreshToken });
    expect(warnings).toHaveLength(told ? 1 : 0);
    expect(JSON.stringify(warnings)).not.toContain("r1");
  });
});

/** What each answer of the token endpoint means. Only one kind ends an account. */
const failures: [string, Answer, string][] = [
  ["invalid_grant", { status: 400, body: { error: "invalid_grant" } }, "refused"],
  ["a code of the provider's own for that", { status: 200, body: { ok: false, error: "bad_code" } }, "refused"],
  ["invalid_client", { status: 401, body: { error: "invalid_client" } }, "ours"],
  ["unauthorized_client", { status: 400, body: { error: "unauthorized_client" } }, "ours"],
  ["redirect_uri_mismatch", { status: 400, body: { error: "redirect_uri_mismatch" } }, "ours"],
  ["a code of the provider's own for that", { status: 200, body: { error: "bad_secret" } }, "ours"],
  ["an unknown code", { status: 400, body: { error: "invalid_scope" } }, "garbled"],
  ["a 400 of nobody's", { status: 400, body: "<html>Bad Request</html>" }, "garbled"],
  ["a 401 without a word", { status: 401, body: "" }, "garbled"],
  ["a 403 of a proxy", { status: 403, body: { message: "invalid_grant" } }, "garbled"],
  ["a 404", { status: 404, body: { error: { code: "invalid_grant" } } }, "garbled"],
  ["a redirect", { status: 302, body: "", headers: { location: "https://acme.example/new" } }, "garbled"],
  ["a page", { status: 200, body: "<html>" }, "garbled"],
  ["no token", { status: 200, body: { token_type: "bearer" } }, "garbled"],
  ["an outage that says invalid_grant", { status: 503, body: { error: "invalid_grant" } }, "unreachable"],
  ["a gateway's 502", { status: 502, body: "" }, "unreachable"],
  ["a limit", { status: 429, body: { error: "invalid_grant" }, headers: { "retry-after": "7" } }, "throttled"],
];

describe("a failure of the token endpoint", () => {
  const fields = `${fromUrl}  errors: {refused: [bad_code], ours: [bad_secret]}\n`;
  const kindOf = async (work: Promise<unknown>) => {
    const failure = await work.catch((error: unknown) => error);
    if (!(failure instanceof ProviderFailure)) throw failure;
    return failure;
  };

  test.each(failures)("%s: %o is %s", async (_what, answer, kind) => {
    const { provider, sent } = provide(fields, [answer, answer]);
    expect(await kindOf(provider.exchange(exchange))).toMatchObject({ kind });
    const failure = await kindOf(provider.refresh("the-refresh-token", {}));
    expect(failure).toMatchObject({ kind, ...(kind === "throttled" && { retryAfter: 7 }) });
    expect(failure.message).not.toContain("the-refresh-token");
    expect(sent).toHaveLength(2);
  });
});

test("04 a callback that names another issuer is refused before anything is sent", async () => {
  const { provider, sent } = provide(`${fromUrl}  issuer: https://acme.example\n`, [{ body: tokens }]);
  const forged = { ...exchange, parameters: { iss: "https://evil.example" } };
  await expect(provider.exchange(forged)).rejects.toThrow(ForgedCallback);
  expect(sent).toEqual([]);
  await provider.exchange({ ...exchange, parameters: { iss: "https://acme.example" } });
});

describe("who somebody is", () => {
  const identity =
    "  identity: {uid: data.me.id, login: data.me.handle, name: data.me.name, email: data.me.mail, avatar: data.me.face}\n";
  const graphql = `  identity_url: https://api.acme.example/graphql\n  identity_body: {query: "{ me { id } }"}\n${identity}`;
  const me = { id: 7, handle: "ada", name: "Ada", mail: "ada@example.com", face: "https://faces.example/7" };
  const token = { accessToken: "at" };

  test("is asked with the token where the entry says, also in GraphQL", async () => {
    const api = "  api: {hosts: [api.acme.example], headers: {X-Token: '{token}', Acme-Version: '7'}}\n";
    const { provider, sent } = provide(`${graphql}${api}  picture_hosts: [faces.example]\n`, [
      { body: { data: { me } } },
    ]);
    expect(await provider.identify(token)).toEqual({
      uid: "7",
      login: "ada",
      displayName: "Ada",
      email: "ada@example.com",
      avatarUrl: "https://faces.example/7",
    });
    expect(sent[0]).toMatchObject({ method: "POST", body: '{"query":"{ me { id } }"}' });
    expect([...(sent[0]?.headers ?? [])]).toEqual(
      expect.arrayContaining([
        ["x-token", "at"],
        ["acme-version", "7"],
      ]),
    );
    expect(provider.api?.headers("$& at")).toEqual({ "x-token": "$& at", "acme-version": "7" });
  });

  test("needs an id, and nothing else; a picture from anywhere is none", async () => {
    const { provider } = provide(graphql, [
      { body: { data: { me: { id: "x", face: me.face } } } },
      { body: { data: {} } },
    ]);
    expect(await provider.identify(token)).toMatchObject({ uid: "x", login: "x", displayName: null, avatarUrl: null });
    await expect(provider.identify(token)).rejects.toMatchObject({ kind: "garbled" });
  });

  test("stands in the tokens' answer where the entry says so, and may be of several parts", async () => {
    const fields =
      "  check_url: https://acme.example/me\n  identity: {from: token, uid: [team.id, user.id], name: user.name}\n";
    const body = { ...tokens, team: { id: "T1" }, user: { id: "U:1", name: "Ada" } };
    const { provider, sent } = provide(fields, [
      { body: { ...body, user: { id: "U1", name: "Ada" } } },
      { body },
      { status: 401 },
    ]);
    const granted = await provider.exchange(exchange);
    expect(await provider.identify(granted)).toMatchObject({ uid: "T1:U1", login: "Ada" });
    expect(granted.claims).toEqual({ uid: "T1:U1", login: "Ada", name: "Ada", email: null, avatar: null });
    // Otherwise T1 and U:1 would be whoever is 1 in T1:U.
    const unclear = await provider.exchange(exchange);
    await expect(provider.identify(unclear)).rejects.toMatchObject({ kind: "garbled" });
    expect(await provider.check("at", {})).toBe("dead");
    expect(sent.at(-1)).toMatchObject({ url: "https://acme.example/me", method: "GET" });
  });

  test.each([
    ["401", { status: 401 }, "dead"],
    ["invalid_token", { status: 400, body: { error: "invalid_token" } }, "dead"],
    ["a code of the provider's own", { body: { ok: false, error: "token_revoked" } }, "dead"],
    ["200", { body: { id: 1 } }, "alive"],
  ])("%s tells whether a token lives", async (_what, answer, state) => {
    const { provider } = provide(`${fromUrl}  errors: {unauthorized: [token_revoked]}\n`, [answer]);
    expect(await provider.check("at", {})).toBe(state);
  });

  test.each([
    [{ status: 403 }, "garbled"],
    [{ body: { ok: false, error: "fatal_error" } }, "garbled"],
    [{ status: 500 }, "unreachable"],
    [{ status: 429 }, "throttled"],
  ])("%o proves nothing about a token", async (answer, kind) => {
    await expect(provide(fromUrl, [answer]).provider.check("at", {})).rejects.toMatchObject({ kind });
  });
});

describe("12 a grant ends", () => {
  const both = { accessToken: "at", refreshToken: "rt" };
  const tokensSent = (sent: Sent[]) => sent.map(({ body }) => new URLSearchParams(body).get("token"));

  test("with its refresh token first, and the access token that a server may leave alive", async () => {
    const { provider, sent } = provide(`${fromUrl}  revocation: {url: https://acme.example/revoke}\n`);
    expect(await provider.grantEnd?.end(both)).toBe("ended");
    expect(tokensSent(sent)).toEqual(["rt", "at"]);
    expect(provider.grantEnd?.takes).toBe("any_token");
    expect(provider.endToken).toBeNull();
  });

  test("with one token alone only where the entry says that nothing else goes with it", async () => {
    const { provider, sent } = provide(`${fromUrl}  revocation: {url: https://acme.example/revoke, ends: token}\n`);
    expect(await provider.endToken?.("at")).toBe("ended");
    expect(tokensSent(sent)).toEqual(["at"]);
  });

  test("by a call with the token, where a server wants that", async () => {
    const fields = `${fromUrl}  revocation: {url: https://acme.example/revoke, authentication: bearer}\n  errors: {unauthorized: [token_revoked]}\n`;
    const { provider, sent } = provide(fields, [
      { body: { ok: true } },
      { body: { ok: false, error: "token_revoked" } },
    ]);
    expect(provider.grantEnd?.takes).toBe("fresh_access_token");
    expect(await provider.grantEnd?.end(both)).toBe("ended");
    expect(sent[0]?.headers.get("authorization")).toBe("Bearer at");
    expect(await provider.grantEnd?.end(both)).toBe("not_found");
  });

  test("nowhere, where a server has no such address", () => {
    const { provider } = provide(fromUrl);
    expect([provider.grantEnd, provider.endToken]).toEqual([null, null]);
  });

  test.each([
    [{ status: 400, body: { error: "invalid_token" } }, "not_found"],
    [{ status: 401, body: { error: "invalid_client" } }, "ours"],
    [{ status: 400, body: { error: "unsupported_token_type" } }, "garbled"],
    [{ status: 503 }, "unreachable"],
  ])("%o: %s", async (answer, outcome) => {
    const { provider } = provide(`${fromUrl}  revocation: {url: https://acme.example/revoke}\n`, [answer]);
    const ended = provider.grantEnd?.end({ ...both, refreshToken: null });
    if (outcome === "not_found") expect(await ended).toBe(outcome);
    else await expect(ended).rejects.toMatchObject({ kind: outcome });
  });
});
