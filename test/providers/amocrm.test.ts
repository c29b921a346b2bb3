import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type AmocrmSandbox, startAmocrm } from "../../sandbox/amocrm/index.ts";
import type { Fault } from "../../sandbox/http/faults.ts";
import { createAmocrm } from "../../src/providers/amocrm.ts";
import type { Provider } from "../../src/providers/provider.ts";

const redirectUri = "http://127.0.0.1:9/connect/amocrm/callback";
let amocrm: AmocrmSandbox;
let provider: Provider;
beforeAll(async () => {
  amocrm = await startAmocrm({ switches: { blockAfter: 3 } });
  amocrm.setCallbackUrl(redirectUri);
  provider = createAmocrm(
    { fetch: globalThis.fetch, turn: (send) => send() },
    { ...amocrm.integration, webUrl: amocrm.webUrl, redirectUri },
  );
});
afterAll(() => amocrm.close());
beforeEach(() => {
  amocrm.limit.reset();
  amocrm.faults.clear();
});

function exchange(change: Record<string, string> = {}) {
  const parameters = Object.fromEntries(new URL(amocrm.installWidget("example", 9001)).searchParams);
  const code = parameters.code ?? "";
  const request = { code, state: "s", codeVerifier: "v", nonce: "n", redirectUri, parameters };
  return provider.exchange({ ...request, ...change, parameters: { ...parameters, ...change } });
}

async function granted() {
  const { accessToken, refreshToken, metadata = {} } = await exchange();
  return { accessToken, refreshToken: refreshToken ?? "", metadata };
}

/** What an answer of amoCRM's means. */
const answers: [what: string, respond: Fault["respond"], kind: string][] = [
  ["429", { status: 429, headers: { "retry-after": "9" } }, "throttled"],
  ["403, which blocks an address", { status: 403, body: {} }, "throttled"],
  ["502", { status: 502, body: "<html>" }, "unreachable"],
  ["a 200 that isn't JSON", { status: 200, body: "<html>" }, "garbled"],
  ["a 200 without what it must have", { status: 200, body: {} }, "garbled"],
  ["a redirect to another host", { status: 302, headers: { location: "http://evil.localhost:1/" } }, "garbled"],
];

describe("what amoCRM answers to a refresh means", () => {
  test.each(answers)("%s", async (_what, respond, kind) => {
    const { refreshToken, metadata } = await granted();
    amocrm.faults.add({ match: { operation: "refresh" }, ...(respond ? { respond } : {}) });
    await expect(provider.refresh(refreshToken, metadata)).rejects.toMatchObject({ kind });
    // Nothing of it was spent.
    expect((await provider.refresh(refreshToken, metadata)).accessToken).toMatch(/^eyJ/);
  });

  test("a spent refresh token is refused, in words without an `error`", async () => {
    const { refreshToken, metadata } = await granted();
    await provider.refresh(refreshToken, metadata);
    await expect(provider.refresh(refreshToken, metadata)).rejects.toMatchObject({
      kind: "refused",
      message: "amoCRM answered 401: Token has been revoked",
    });
  });

  test("wrong client credentials are ours, and so is another redirect address", async () => {
    const { refreshToken, metadata } = await granted();
    const wrong = (change: Partial<Parameters<typeof createAmocrm>[1]>) =>
      createAmocrm(
        { fetch: globalThis.fetch, turn: (send) => send() },
        { ...amocrm.integration, webUrl: amocrm.webUrl, redirectUri, ...change },
      ).refresh(refreshToken, metadata);
    await expect(wrong({ clientSecret: "x" })).rejects.toMatchObject({ kind: "ours" });
    await expect(wrong({ clientId: "x" })).rejects.toMatchObject({ kind: "ours" });
    await expect(wrong({ redirectUri: "http://127.0.0.1:9/other" })).rejects.toMatchObject({ kind: "ours" });
  });

  test("a 401 that nobody knows is no refusal", async () => {
    const { refreshToken, metadata } = await granted();
    const body = { title: "Unauthorized", hint: "Something new", status: 401 };
    amocrm.faults.add({ match: { operation: "refresh" }, respond: { status: 401, body } });
    await expect(provider.refresh(refreshToken, metadata)).rejects.toMatchObject({ kind: "garbled" });
  });

  test("a move can't be learned from an account that isn't ours, nor to a host that isn't amoCRM's", async () => {
    const { refreshToken, metadata } = await granted();
    const move = (body: object) => {
      amocrm.faults.add({ match: { operation: "refresh" }, respond: { status: 404, body: {} } });
      amocrm.faults.add({ match: { path: "/oauth2/account/current/subdomain" }, respond: { status: 200, body } });
      return provider.refresh(refreshToken, metadata);
    };
    amocrm.calls.length = 0;
    await expect(move({ id: 1, domain: amocrm.host("acme") })).rejects.toMatchObject({ kind: "garbled" });
    await expect(move({ id: 30111222, domain: "evil.example" })).rejects.toMatchObject({ kind: "garbled" });
    expect(amocrm.calls).toHaveLength(4);
  });
});

describe("what amoCRM answers to a code means", () => {
  test("a late or spent one is refused", async () => {
    const { code = "" } = Object.fromEntries(new URL(amocrm.installWidget("example", 9001)).searchParams);
    await exchange({ code });
    await expect(exchange({ code })).rejects.toMatchObject({ kind: "refused" });
    await expect(exchange({ code: "x" })).rejects.toMatchObject({ kind: "refused" });
  });

  test("a token whose account says another name than the referer did is nobody's", async () => {
    const pair = await exchange();
    const body = { id: 30111222, subdomain: "acme", current_user_id: 9001 };
    amocrm.faults.add({ match: { path: "/account" }, respond: { status: 200, body } });
    await expect(provider.identify(pair)).rejects.toMatchObject({ code: "host_not_allowed" });
    const other = { ...body, id: 7, subdomain: "example" };
    amocrm.faults.add({ match: { path: "/account" }, respond: { status: 200, body: other } });
    await expect(provider.identify(pair)).rejects.toMatchObject({ code: "host_not_allowed" });
  });

  test("a token without readable claims is a token", async () => {
    const body = { access_token: "opaque", refresh_token: "r", token_type: "Bearer", expires_in: 86_400 };
    amocrm.faults.add({ match: { operation: "exchange" }, respond: { status: 200, body } });
    const host = amocrm.host("example");
    expect(await exchange()).toMatchObject({
      accessToken: "opaque",
      metadata: { host, api_domain: host, account: "" },
    });
  });
});

describe("whether amoCRM accepts a token", () => {
  test("is a question that a refusal leaves open", async () => {
    const { accessToken, metadata } = await granted();
    expect(await provider.check(accessToken, metadata)).toBe("alive");
    expect(await provider.check("x", metadata)).toBe("doubtful");
    amocrm.faults.add({ match: { path: "/account" }, respond: { status: 403, body: {} } });
    await expect(provider.check(accessToken, metadata)).rejects.toMatchObject({ kind: "throttled" });
  });

  test("is asked of no host that isn't amoCRM's, whatever was stored", async () => {
    const metadata = { host: "evil.example", api_domain: "evil.example", account: "1" };
    await expect(provider.check("x", metadata)).rejects.toMatchObject({ kind: "garbled" });
    await expect(provider.refresh("x", metadata)).rejects.toMatchObject({ kind: "garbled" });
    expect(provider.api?.origins(metadata)).toEqual([]);
    expect(provider.settingsUrlOf?.(metadata)).toBe(amocrm.webUrl);
  });
});
