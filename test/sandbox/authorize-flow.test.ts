import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { authorize, CALLBACK, requestToken, visit } from "./authorize.ts";
import { call } from "./call.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
  sandbox.setCallbackUrls([CALLBACK, "http://127.0.0.1:9/second"]);
});
afterAll(() => sandbox.close());

const page = (query: Record<string, string>, cookie = "") =>
  fetch(
    `${sandbox.webUrl}/login/oauth/authorize?${new URLSearchParams({ client_id: sandbox.app.clientId, ...query })}`,
    {
      redirect: "manual",
      headers: { cookie },
    },
  );

describe("authorizing", () => {
  test("the page offers every person, pre-selects the hint and works without scripts", async () => {
    const text = await (await page({ redirect_uri: CALLBACK, login: "grace" })).text();
    for (const login of ["ada", "grace", "linus", "mallory"]) expect(text).toContain(`value="${login}"`);
    expect(text).toContain('value="grace" required checked');
    expect(text).toContain("Authorize onbehalf</button>");
    expect(text).toContain("Cancel</button>");
    expect(text).not.toContain("<script");
  });

  test("an unknown client is a 404 page", async () => {
    expect((await page({ client_id: "Iv1.other", redirect_uri: CALLBACK })).status).toBe(404);
  });

  test("another redirect URI, even by a slash, goes to the first callback with an error", async () => {
    const answer = await page({ redirect_uri: `${CALLBACK}/`, state: "s9" });
    const back = new URL(answer.headers.get("location") ?? "");
    expect(back.origin + back.pathname).toBe(CALLBACK);
    expect(back.searchParams.get("error")).toBe("redirect_uri_mismatch");
    expect(back.searchParams.get("state")).toBe("s9");
  });

  test("a challenge that is not S256 of 43 characters is refused", async () => {
    const wrong: Record<string, string>[] = [
      { code_challenge: "a".repeat(43), code_challenge_method: "plain" },
      { code_challenge: "a".repeat(42), code_challenge_method: "S256" },
      { code_challenge: "a".repeat(43) },
    ];
    for (const fields of wrong) {
      const answer = await page({ redirect_uri: CALLBACK, ...fields });
      expect(new URL(answer.headers.get("location") ?? "").searchParams.get("error")).toBe("invalid_request");
    }
  });

  test("cancelling brings access_denied back", async () => {
    const back = await visit(sandbox, "ada", {}, "cancel");
    expect(back.searchParams.get("error")).toBe("access_denied");
    expect(back.searchParams.get("code")).toBeNull();
  });

  test("who authorised before is sent back silently, unless an account is to be chosen", async () => {
    await authorize(sandbox, "linus");
    sandbox.setCallbackUrls([CALLBACK]);
    const cookie = "sandbox_login=1024025";
    expect((await page({ redirect_uri: CALLBACK }, cookie)).status).toBe(302);
    expect((await page({ redirect_uri: CALLBACK, prompt: "select_account" }, cookie)).status).toBe(200);
    expect((await page({ redirect_uri: CALLBACK }, "sandbox_login=9919314")).status).toBe(200);
  });

  test("a suspended app answers application_suspended", async () => {
    sandbox.switches.applicationSuspended = true;
    const answer = await page({ redirect_uri: CALLBACK });
    sandbox.switches.applicationSuspended = false;
    expect(new URL(answer.headers.get("location") ?? "").searchParams.get("error")).toBe("application_suspended");
  });
});

describe("exchanging", () => {
  const S256 = { code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", code_challenge_method: "S256" };
  const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  const newCode = async (fields: Record<string, string> = S256) =>
    (await visit(sandbox, "ada", fields)).searchParams.get("code") ?? "";
  const exchange = (code: string, fields: Record<string, string> = {}) =>
    requestToken(sandbox, { code, redirect_uri: CALLBACK, code_verifier: VERIFIER, ...fields });

  test("gives a pair with GitHub's lifetimes, once", async () => {
    const code = await newCode();
    expect(await exchange(code)).toEqual({
      access_token: expect.stringMatching(/^ghu_[A-Za-z0-9]{36}$/),
      refresh_token: expect.stringMatching(/^ghr_[A-Za-z0-9]{76}$/),
      expires_in: 28800,
      refresh_token_expires_in: 15897600,
      scope: "",
      token_type: "bearer",
    });
    expect((await exchange(code)).error).toBe("bad_verification_code");
  });

  test("is form-encoded unless JSON is asked for", async () => {
    const answer = await fetch(`${sandbox.webUrl}/login/oauth/access_token`, {
      method: "POST",
      body: new URLSearchParams(),
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toContain("application/x-www-form-urlencoded");
    expect(new URLSearchParams(await answer.text()).get("error")).toBe("incorrect_client_credentials");
  });

  test("takes a JSON body", async () => {
    const { clientId: client_id, clientSecret: client_secret } = sandbox.app;
    const answer = await fetch(`${sandbox.webUrl}/login/oauth/access_token`, {
      method: "POST",
      headers: { accept: "application/json", "content-type": "application/json" },
      body: JSON.stringify({
        client_id,
        client_secret,
        code: await newCode(),
        redirect_uri: CALLBACK,
        code_verifier: VERIFIER,
      }),
    });
    expect(await answer.json()).toHaveProperty("access_token");
  });

  test("refuses wrong credentials, redirect URIs, verifiers and grant types with HTTP 200", async () => {
    expect((await exchange(await newCode(), { client_secret: "no" })).error).toBe("incorrect_client_credentials");
    expect((await exchange(await newCode(), { redirect_uri: "http://127.0.0.1:9/second" })).error).toBe(
      "redirect_uri_mismatch",
    );
    expect((await exchange(await newCode(), { code_verifier: "wrong" })).error).toBe("bad_verification_code");
    expect((await exchange(await newCode(), { grant_type: "password" })).error).toBe("unsupported_grant_type");
    expect((await exchange("0123")).error).toBe("bad_verification_code");
  });

  test("refuses a code of more than ten minutes", async () => {
    const code = await newCode();
    sandbox.ageCodes(10 * 60 * 1000);
    expect((await exchange(code)).error).toBe("bad_verification_code");
  });

  test("refuses a person without a verified e-mail", async () => {
    sandbox.addPerson({
      login: "unverified",
      name: null,
      email: "u@example.com",
      emailPrivate: true,
      emailVerified: false,
    });
    const code = (await visit(sandbox, "unverified", S256)).searchParams.get("code") ?? "";
    expect((await exchange(code)).error).toBe("unverified_user_email");
  });

  test.each([true, false])("a wrong verifier uses the code up: %s", async (consumes) => {
    sandbox.switches.wrongVerifierConsumesCode = consumes;
    const code = await newCode();
    await exchange(code, { code_verifier: "wrong" });
    expect("access_token" in (await exchange(code))).toBe(!consumes);
    sandbox.switches.wrongVerifierConsumesCode = true;
  });

  test("a server without PKCE ignores challenge and verifier", async () => {
    sandbox.switches.pkce = false;
    const answer = await exchange(await newCode(), { code_verifier: "wrong" });
    sandbox.switches.pkce = true;
    expect(answer).toHaveProperty("access_token");
  });
});

describe("refreshing", () => {
  const refresh = (refresh_token: string) => requestToken(sandbox, { grant_type: "refresh_token", refresh_token });

  test("kills both old tokens at once", async () => {
    const old = await authorize(sandbox, "ada");
    const fresh = await refresh(old.refresh_token);
    expect((await call(sandbox, "GET", "/user", { token: old.access_token })).status).toBe(401);
    expect((await refresh(old.refresh_token)).error).toBe("bad_refresh_token");
    expect((await call(sandbox, "GET", "/user", { token: String(fresh.access_token) })).body.login).toBe("ada");
  });

  test("one of many at once wins", async () => {
    const { refresh_token } = await authorize(sandbox, "ada");
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refresh_token)));
    expect(answers.filter((answer) => "access_token" in answer)).toHaveLength(1);
    expect(answers.filter((answer) => answer.error === "bad_refresh_token")).toHaveLength(19);
  });

  test("works after the access token expired", async () => {
    const old = await authorize(sandbox, "grace");
    sandbox.expireAccessToken("grace");
    expect((await call(sandbox, "GET", "/user", { token: old.access_token })).status).toBe(401);
    expect(await refresh(old.refresh_token)).toHaveProperty("access_token");
  });

  test("an app that opted out of expiring tokens gets no expiry", async () => {
    sandbox.switches.expiringTokens = false;
    const code = (await visit(sandbox, "ada")).searchParams.get("code") ?? "";
    const answer = await requestToken(sandbox, { code, redirect_uri: CALLBACK });
    sandbox.switches.expiringTokens = true;
    expect(Object.keys(answer).sort()).toEqual(["access_token", "scope", "token_type"]);
  });

  test.each([true, false])("the eleventh token evicts the oldest: %s", async (evicts) => {
    sandbox.switches.evictOldestToken = evicts;
    await sandbox.revokeGrant("mallory");
    const first = await authorize(sandbox, "mallory");
    for (let made = 1; made < 11; made += 1) await authorize(sandbox, "mallory");
    expect((await call(sandbox, "GET", "/user", { token: first.access_token })).status).toBe(evicts ? 401 : 200);
    expect(sandbox.grants()).toContainEqual({ login: "mallory", tokens: evicts ? 10 : 11 });
    sandbox.switches.evictOldestToken = true;
  });

  test("every token and code ever issued is known to the test", async () => {
    const pair = await authorize(sandbox, "ada");
    expect(sandbox.issuedTokens()).toEqual(expect.arrayContaining([pair.access_token, pair.refresh_token]));
    expect(sandbox.issuedTokens().length).toBe(new Set(sandbox.issuedTokens()).size);
  });
});
