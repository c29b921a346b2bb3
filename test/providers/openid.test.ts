import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { defaultOpenidSwitches, type OpenidProvider, startOpenidProvider } from "../../sandbox/openid/index.ts";
import { createOpenid, type OpenidClient } from "../../src/providers/openid.ts";
import type { AuthorizeRequest } from "../../src/providers/provider.ts";
import { consent } from "../harness/consent.ts";

const redirectUri = "http://127.0.0.1:9/connect/acme/callback";
const ada = "100000000000000000001";
const codeVerifier = "a-verifier-of-at-least-forty-three-characters";
const codeChallenge = "cR0FptCCxnvyDF5ivGS-Hdu9EU0UV7TKDbWqHrHKA8E";

let provider: OpenidProvider;
let client: OpenidClient;
const sent: string[] = [];

const options = () => ({
  name: "Acme",
  issuer: provider.issuer,
  clientId: "app",
  clientSecret: "a secret",
  clientAuthentication: "basic" as const,
  pkce: true,
});
const watched: typeof fetch = (input, init) => {
  sent.push(String(input instanceof Request ? input.url : input));
  return fetch(input, init);
};

beforeAll(async () => {
  provider = await startOpenidProvider({
    shape: "generic",
    clients: [{ clientId: "app", clientSecret: "a secret", redirectUris: [redirectUri] }],
  });
});
afterAll(() => provider.close());
beforeEach(() => {
  Object.assign(provider.switches, defaultOpenidSwitches);
  provider.faults.clear();
  client = createOpenid({ fetch: watched }, options());
  sent.length = 0;
});

async function authorize(by = client, scopes = ["openid", "email", "profile"]) {
  const state = randomBytes(8).toString("hex");
  const request: AuthorizeRequest = {
    purpose: "connect",
    redirectUri,
    state,
    codeChallenge: await challenge(),
    nonce: `nonce-${state}`,
    scopes,
    loginHint: null,
  };
  const back = await consent(await by.authorizeUrl(request, {}), { redirectUri, sub: ada });
  const parameters = Object.fromEntries(back.searchParams);
  return { parameters, code: parameters.code ?? "", state, codeVerifier, nonce: request.nonce, redirectUri };
}

async function challenge() {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(codeVerifier));
  return Buffer.from(digest).toString("base64url");
}

const connect = async (by = client) => by.exchange(await authorize(by));

describe("an OpenID client", () => {
  test("asks with state, nonce and S256, which nothing of a provider's own can replace", async () => {
    const request = {
      purpose: "connect",
      redirectUri,
      state: "s",
      codeChallenge,
      nonce: "n",
      scopes: ["openid"],
    } as const;
    const address = await client.authorizeUrl({ ...request, loginHint: "ada" }, { state: "evil", prompt: "consent" });
    expect(Object.fromEntries(new URL(address).searchParams)).toEqual({
      client_id: "app",
      response_type: "code",
      redirect_uri: redirectUri,
      scope: "openid",
      state: "s",
      nonce: "n",
      code_challenge: codeChallenge,
      code_challenge_method: "S256",
      login_hint: "ada",
      prompt: "consent",
    });
    expect(sent).toEqual([`${provider.issuer}/.well-known/openid-configuration`]);
  });

  test("03 a code is exchanged with its verifier alone", async () => {
    const request = await authorize();
    const wrong = { ...request, codeVerifier: "another-verifier-of-at-least-forty-three-characters" };
    await expect(client.exchange(wrong)).rejects.toMatchObject({ kind: "refused", providerCode: "invalid_grant" });
    const without = createOpenid({ fetch }, { ...options(), pkce: false });
    expect(await connect(without)).toMatchObject({ refreshToken: expect.any(String) });
  });

  test("04 a callback with another issuer, or without the announced one, is refused before anything is sent", async () => {
    const request = await authorize();
    for (const iss of ["https://evil.example", `${provider.issuer}/`, "", undefined]) {
      const { iss: _own, ...others } = request.parameters;
      const parameters: Record<string, string> = iss === undefined ? others : { ...others, iss };
      sent.length = 0;
      await expect(client.exchange({ ...request, parameters })).rejects.toMatchObject({ code: "issuer_mismatch" });
      expect(sent).toEqual([]);
    }
    await client.exchange(request);
    provider.switches.callbackIssuer = "none";
    await connect(createOpenid({ fetch }, options()));
  });

  test("05 the issuer of the description matches exactly", async () => {
    provider.switches.discoveryIssuer = { other: `${provider.issuer}/` };
    await expect(connect()).rejects.toMatchObject({ kind: "ours" });
    provider.switches.discoveryIssuer = { other: "https://evil.example" };
    await expect(connect()).rejects.toMatchObject({ kind: "ours" });
    provider.switches.discoveryIssuer = "own";
    await expect(connect()).resolves.toMatchObject({ claims: { sub: ada } });
  });

  test.each(["audience", "issuer", "nonce", "expired", "algorithm_none", "signature", "subject_missing"] as const)(
    "06 an ID token that can't be believed is refused: %s",
    async (fault) => {
      provider.switches.idToken = fault;
      await expect(connect()).rejects.toMatchObject({ code: "identity_unverified" });
    },
  );

  test("06 the userinfo of another subject is refused", async () => {
    const { accessToken } = await connect();
    await expect(client.userinfo(accessToken, "somebody else")).rejects.toMatchObject({ code: "identity_unverified" });
    expect(await client.userinfo(accessToken, ada)).toMatchObject({ email: "ada@example.com" });
  });

  test("refreshes with rotation and without, and keeps the pair when the ID token beside it is bad", async () => {
    const first = await connect();
    provider.switches.idToken = "signature";
    const second = await client.refresh(first.refreshToken ?? "");
    expect(second).toMatchObject({ accessExpiresIn: 3600, scopes: ["openid", "email", "profile"] });
    expect(second.refreshToken).not.toBe(first.refreshToken);
    provider.switches.rotation = false;
    const third = await client.refresh(second.refreshToken ?? "");
    expect(third.refreshToken).toBe(second.refreshToken);
  });

  test("ends what it revokes, and tells a dead token from a living one", async () => {
    const { accessToken, refreshToken } = await connect();
    expect(await client.revoke(refreshToken ?? "", "refresh_token")).toBe("ended");
    await expect(client.userinfo(accessToken, null)).rejects.toMatchObject({ kind: "unauthorized" });
    await expect(client.refresh(refreshToken ?? "")).rejects.toMatchObject({ kind: "refused" });
    expect(await client.revoke("unknown", "access_token")).toBe("ended");
  });

  test.each([
    [{ status: 503 }, "unreachable"],
    [{ status: 429, headers: { "retry-after": "7" } }, "throttled"],
    [{ status: 400, body: { error: "invalid_grant" } }, "refused"],
    [{ status: 400, body: { error: "invalid_grant", error_subtype: "invalid_rapt" } }, "refused"],
    [{ status: 401, body: { error: "invalid_client" } }, "ours"],
    [{ status: 401, headers: { "www-authenticate": 'Basic realm="x"' } }, "ours"],
    [{ status: 400, body: { error: "unsupported_grant_type" } }, "ours"],
    [{ status: 400, body: { error: "something else" } }, "garbled"],
    [{ status: 302, headers: { location: "https://evil.example/" } }, "garbled"],
    [{ status: 200, body: "<html>" }, "garbled"],
    [{ status: 200, body: { token_type: "bearer" } }, "garbled"],
  ])("understands %j as %s", async (respond, kind) => {
    const { refreshToken } = await connect();
    provider.faults.add({ match: { operation: "refresh" }, respond });
    const failure = await client.refresh(refreshToken ?? "").catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "ProviderFailure", kind });
    expect(JSON.stringify(failure)).not.toContain(refreshToken);
    if (kind === "throttled") expect(failure).toMatchObject({ retryAfter: 7 });
  });

  test("keeps a pair whatever is said beside it", async () => {
    const { refreshToken } = await connect();
    const body = { access_token: "a-token", expires_in: "soon", scope: 7, refresh_token: "" };
    provider.faults.add({ match: { operation: "refresh" }, respond: { status: 200, body } });
    expect(await client.refresh(refreshToken ?? "")).toEqual({
      accessToken: "a-token",
      refreshToken: null,
      accessExpiresIn: null,
      refreshExpiresIn: null,
      scopes: null,
    });
  });

  test("takes no token that can't stand in a header, where an error would quote it", async () => {
    const { refreshToken } = await connect();
    const body = { access_token: "a-secret\nof-theirs", expires_in: 60 };
    provider.faults.add({ match: { operation: "refresh" }, respond: { status: 200, body } });
    await expect(client.refresh(refreshToken ?? "")).rejects.toMatchObject({ kind: "garbled", cause: undefined });
  });

  test.each(["http://evil.example/authorize", "javascript:alert(1)", "no address"])(
    "15 no browser is sent to %s, whatever the provider says of itself",
    async (address) => {
      const lying: typeof fetch = async (input, init) => {
        const described = JSON.parse(await (await fetch(input, init)).text());
        return Response.json({ ...described, authorization_endpoint: address });
      };
      const led = createOpenid({ fetch: lying }, options());
      await expect(led.describe()).rejects.toMatchObject({ kind: "ours" });
      await expect(authorize(led)).rejects.toMatchObject({ kind: "ours" });
    },
  );

  test("15 nothing is sent in clear to a host that is not this machine", async () => {
    const lying: typeof fetch = async (input, init) => {
      const response = await watched(input, init);
      if (!String(input).includes("openid-configuration")) return response;
      return Response.json({ ...JSON.parse(await response.text()), token_endpoint: "http://evil.example/token" });
    };
    const led = createOpenid({ fetch: lying }, options());
    const request = await authorize(led);
    sent.length = 0;
    await expect(led.exchange(request)).rejects.toMatchObject({ kind: "ours" });
    expect(sent).toEqual([]);
  });

  test("a provider that could not describe itself is asked again the next time", async () => {
    const later = createOpenid({ fetch: watched }, options());
    provider.faults.add({ match: { path: "/.well-known/openid-configuration" }, respond: { status: 503 } });
    await expect(connect(later)).rejects.toMatchObject({ kind: "unreachable" });
    await connect(later);
  });
});
