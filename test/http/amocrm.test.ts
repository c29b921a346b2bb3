import { createServer } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createDelegation } from "../../src/store/delegations.ts";
import { type AmocrmStage, startAmocrmStage } from "../harness/amocrm.ts";
import type { Browser } from "../harness/browser.ts";

const example = 30_111_222;
const ada = `${example}:9001`;
const grace = `${example}:9002`;

let stage: AmocrmStage;
let browser: Browser;
let userId: string;
let key: string;

beforeAll(async () => {
  stage = await startAmocrmStage();
  ({ browser } = await stage.stack.signIn("ada"));
  const { rows } = await stage.stack.database.query<{ user_id: string }>({
    text: "SELECT user_id FROM identities WHERE login = 'ada'",
    values: [],
  });
  userId = rows[0]?.user_id ?? "";
  const bot = await stage.stack.bot("crm-bot");
  key = bot.key;
  await createDelegation(stage.stack.database, {
    userId,
    botId: bot.id,
    provider: "amocrm",
    repositories: ["*"],
    branches: ["*"],
    capabilities: ["api:read", "api:write"],
    endsAt: null,
    grantedBy: "user",
  });
});
afterAll(() => stage.stop());
beforeEach(() => stage.fresh());

async function stored(id = userId) {
  const { rows } = await stage.stack.database.query<{
    state: string;
    version: number;
    metadata: Record<string, string>;
    revocation_reason: string | null;
    provider_uid: string;
    login: string;
  }>({
    text: `SELECT a.state, a.version, a.metadata, a.revocation_reason, i.provider_uid, i.login
      FROM user_external_accounts a JOIN identities i ON i.id = a.identity_id WHERE a.user_id = $1 AND a.provider = 'amocrm'`,
    values: [id],
  });
  return rows[0];
}

const expire = () =>
  stage.stack.database.query({
    text: "UPDATE user_external_accounts SET access_expires_at = now() - interval '1 s', refresh_due_at = now() - interval '1 s' WHERE provider = 'amocrm'",
    values: [],
  });

const call = (method: string, path: string, body?: unknown) =>
  stage.stack.call(method, `/proxy/amocrm${path}`, {
    key,
    headers: { "x-on-behalf-of": userId },
    ...(body === undefined ? {} : { body }),
  });

/** Connects unless that is so; anew it costs three of seven requests a second. */
async function connected() {
  if ((await stored())?.state === "active") return;
  const page = await stage.connect(browser, ada);
  expect(page.text).toContain("Connected. Bots that you permit");
}

/** The last event of an action, as the audit log has it. */
async function lastEvent(action: string) {
  const { rows } = await stage.stack.database.query<{ result: string; detail: unknown; user_id: string }>({
    text: "SELECT result, detail, user_id FROM audit_events WHERE action = $1 AND provider = 'amocrm' ORDER BY id DESC LIMIT 1",
    values: [action],
  });
  return rows[0];
}

describe("amoCRM", () => {
  test("07 identity is the account and the user there, never the e-mail", async () => {
    await connected();
    const account = await stored();
    expect(account).toMatchObject({ state: "active", provider_uid: ada, login: "ada@example.com" });
    expect(account?.metadata).toEqual({
      host: stage.amocrm.host("example"),
      api_domain: stage.amocrm.host("api-b"),
      account: String(example),
    });
    const page = await browser.open(`${stage.stack.url}/accounts`);
    expect(page.text).toContain("amoCRM · ");
    // Who is signed in goes on by the name of their sign-in.
    expect(page.text).toContain("Signed in as </span>ada</span>");
    for (const { text } of browser.seen) {
      for (const token of stage.amocrm.issuedTokens()) expect(text).not.toContain(token);
    }
    for (const line of stage.stack.log) {
      for (const token of stage.amocrm.issuedTokens()) expect(line).not.toContain(token);
    }
  });

  test("refuses another identity while one is connected, and one that is somebody else's", async () => {
    await connected();
    const other = await stage.connect(browser, "30333444:9101");
    expect(other.status).toBe(409);
    expect(other.text).toContain("different_identity");
    const { browser: stranger } = await stage.stack.signIn("grace");
    const taken = await stage.connect(stranger, ada);
    expect(taken.text).toContain("identity_in_use");
    expect(await stored()).toMatchObject({ state: "active", provider_uid: ada });
  });

  test("takes an e-mail-less login for who may not see users", async () => {
    const { browser: hers } = await stage.stack.signIn("grace");
    const page = await stage.connect(hers, grace);
    expect(page.text).toContain(`9002@${stage.amocrm.host("example")}`);
    await hers.submit(await hers.open(`${stage.stack.url}/accounts`), "/accounts/amocrm/disconnect");
  });

  test("15 sends nothing to a host that a forged referer names", async () => {
    let reached = 0;
    const canary = createServer((_request, response) => {
      reached += 1;
      response.end("{}");
    });
    await new Promise<void>((resolve) => canary.listen(0, "127.0.0.1", resolve));
    const address = canary.address();
    const port = typeof address === "object" ? address?.port : 0;
    const before = await stored();
    const forged = [`127.0.0.1:${port}`, `example.localhost:${port}`, `localhost:${port}`, `x@127.0.0.1:${port}`, ""];
    for (const referer of forged) {
      const url = new URL(await stage.callback(browser, ada));
      stage.amocrm.calls.length = 0;
      url.searchParams.set("referer", referer);
      const page = await browser.open(url.href);
      expect(page.status).toBe(400);
      expect(page.text).toContain("host_not_allowed");
      expect(stage.amocrm.calls).toEqual([]);
    }
    const twice = new URL(await stage.callback(browser, ada));
    twice.searchParams.append("referer", `127.0.0.1:${port}`);
    expect((await browser.open(twice.href)).text).toContain("host_not_allowed");
    expect(reached).toBe(0);
    expect(await stored()).toEqual(before);
    await new Promise((resolve) => canary.close(resolve));
  });

  test("refuses a callback that names another account's host, another integration, or no state, and a late code", async () => {
    const before = await stored();
    const foreign = new URL(await stage.callback(browser, ada));
    foreign.searchParams.set("referer", stage.amocrm.host("acme"));
    expect((await browser.open(foreign.href)).text).toContain("code_expired");

    const other = new URL(await stage.callback(browser, ada));
    other.searchParams.set("client_id", "6b2a8c1e-0000-4000-8000-000000000000");
    expect((await browser.open(other.href)).text).toContain("issuer_mismatch");

    const widget = await browser.open(stage.amocrm.installWidget("example", 9001));
    expect(widget.text).toContain("state_unknown");

    const late = await stage.callback(browser, ada);
    stage.amocrm.ageCodes(20 * 60 * 1000 + 1);
    expect((await browser.open(late)).text).toContain("code_expired");

    const accounts = await browser.open(`${stage.stack.url}/accounts`);
    const refused = await browser.submit(await browser.submit(accounts, "/connect/amocrm"), "Refuse", {
      action: "cancel",
    });
    expect(refused.text).toContain("consent_refused");
    expect(await stored()).toEqual(before);
  });

  test("refreshes with rotation, in JSON, and survives that the old token is never good again", async () => {
    await connected();
    const before = await stored();
    stage.amocrm.calls.length = 0;
    await expire();
    expect((await call("GET", "/api/v4/account")).status).toBe(200);
    await expire();
    expect((await call("GET", "/api/v4/account")).status).toBe(200);
    expect((await stored())?.version).toBe((before?.version ?? 0) + 2);
    expect(stage.amocrm.calls.filter(({ path }) => path === "/oauth2/access_token")).toMatchObject([
      { status: 200, host: stage.amocrm.host("example") },
      { status: 200, host: stage.amocrm.host("example") },
    ]);
  });

  test.each([404, 401] as const)(
    "follows an account whose subdomain has changed (the old host answers %i)",
    async (status) => {
      await connected();
      stage.amocrm.switches.formerHostStatus = status;
      const from = "example";
      const to = `renamed-${status}`;
      stage.amocrm.changeSubdomain(from, to);
      await expire();
      const answer = await call("GET", "/api/v4/account");
      expect(answer).toMatchObject({ status: 200, body: { subdomain: to } });
      expect(await stored()).toMatchObject({ state: "active", metadata: { host: stage.amocrm.host(to) } });
      stage.amocrm.changeSubdomain(to, from);
      await expire();
      expect((await call("GET", "/api/v4/account")).status).toBe(200);
    },
  );

  test("finds a moved account also when its token is not accepted any more at the old host", async () => {
    await connected();
    stage.amocrm.switches.formerHostStatus = 401;
    stage.amocrm.changeSubdomain("example", "elsewhere");
    const answer = await call("GET", "/api/v4/account");
    expect(answer).toMatchObject({ status: 200, body: { subdomain: "elsewhere" } });
    stage.amocrm.changeSubdomain("elsewhere", "example");
    await expire();
    expect((await call("GET", "/api/v4/account")).status).toBe(200);
  });

  test("changes to leads are in the audit log with who changed which", async () => {
    await connected();
    const changed = await call("PATCH", "/api/v4/leads/501", { price: 18_000 });
    expect(changed).toMatchObject({ status: 200, body: { id: 501 } });
    expect(stage.amocrm.account("example").leads).toContainEqual(
      expect.objectContaining({ id: 501, price: 18_000, updated_by: 9001 }),
    );
    const host = stage.amocrm.host("example");
    expect(await lastEvent("api.write")).toEqual({
      result: "succeeded",
      user_id: userId,
      detail: { method: "PATCH", host, path: "/api", entity: "leads", id: "501" },
    });
    await call("PATCH", "/api/v4/leads", [
      { id: 501, price: 1 },
      { id: 502, name: "Ada's compiler" },
    ]);
    expect(await lastEvent("api.write")).toMatchObject({ detail: { entity: "leads", ids: ["501", "502"] } });
    const made = await call("POST", "/api/v4/leads", [{ name: "Analytical engine" }]);
    expect(made.status).toBe(200);
    const id = String(stage.amocrm.account("example").leads.at(-1)?.id);
    expect(await lastEvent("api.write")).toMatchObject({ result: "succeeded", detail: { entity: "leads", id } });
    const failed = await call("PATCH", "/api/v4/leads", "[{");
    expect(failed.status).toBe(400);
    expect(await lastEvent("api.write")).toMatchObject({ result: "failed", detail: { entity: "leads" } });
    const { rows } = await stage.stack.database.query({
      text: "SELECT 1 FROM audit_events WHERE detail::text LIKE '%engine%' OR detail::text LIKE '%compiler%'",
      values: [],
    });
    expect(rows).toEqual([]);
  });

  test("wrong client credentials end nothing", async () => {
    await connected();
    const { clientSecret } = stage.amocrm.integration;
    stage.amocrm.integration.clientSecret = "another";
    await expire();
    expect(await call("GET", "/api/v4/account")).toMatchObject({
      status: 500,
      body: { code: "provider_configuration" },
    });
    expect(await stored()).toMatchObject({ state: "active" });
    stage.amocrm.integration.clientSecret = clientSecret;
    // In the place of the pair that is put off.
    await stage.connect(browser, ada);
  });

  test("a grant that is over ends the account, and reuse of a spent token is a grant that is over", async () => {
    await connected();
    stage.amocrm.revokeUser({ accountId: example, userId: 9001 });
    await expire();
    expect(await call("GET", "/api/v4/account")).toMatchObject({ status: 403, body: { code: "account_revoked" } });
    expect(await stored()).toMatchObject({ state: "revoked", revocation_reason: "refresh_failed" });
    await connected();
  });

  test("a disconnect erases what we have, and says where amoCRM lets it be removed", async () => {
    await connected();
    const accounts = await browser.open(`${stage.stack.url}/accounts`);
    expect(accounts.text).toContain(
      "Disconnecting erases this access here; bots can then no longer act as you there. No app can end",
    );
    const page = await browser.submit(accounts, "/accounts/amocrm/disconnect");
    expect(page.text).toContain("amoCRM lets no app end its own access");
    expect(page.text).toContain(`http://${stage.amocrm.host("example")}/settings/widgets/`);
    const { rows } = await stage.stack.database.query({
      text: "SELECT state, access_token, refresh_token FROM pending_revocations WHERE provider = 'amocrm'",
      values: [],
    });
    expect(new Set(rows.map((row) => JSON.stringify(row)))).toEqual(
      new Set(['{"state":"unconfirmed","access_token":null,"refresh_token":null}']),
    );
    expect(await stored()).toMatchObject({ state: "revoked", revocation_reason: "user_revoked" });
  });
});

describe("an amoCRM that two replicas call", () => {
  test("never sees more than seven requests in a second", async () => {
    await connected();
    const other = await stage.stack.replica();
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        stage.stack.call("GET", "/proxy/amocrm/api/v4/leads", {
          key,
          headers: { "x-on-behalf-of": userId },
          url: index % 2 ? other.url : stage.stack.url,
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(stage.amocrm.limit.refused).toBe(0);
  });
});

describe("the hook of an uninstall", () => {
  const told = (url: string) => stage.stack.call("GET", url.replace(stage.stack.url, ""));

  test("ends every account there once amoCRM confirms it, and none of another amoCRM account", async () => {
    await connected();
    const { browser: hers } = await stage.stack.signIn("grace");
    await stage.connect(hers, grace);
    const { browser: his } = await stage.stack.signIn("linus");
    await stage.connect(his, "30333444:9101");
    await stage.fresh();
    await stage.amocrm.uninstall(example);
    expect(stage.amocrm.hooks.at(-1)).toMatchObject({ status: 202 });
    const { rows } = await stage.stack.database.query({
      text: `SELECT i.provider_uid, a.state, a.revocation_reason FROM user_external_accounts a
        JOIN identities i ON i.id = a.identity_id WHERE a.provider = 'amocrm' ORDER BY i.provider_uid`,
      values: [],
    });
    expect(rows).toEqual([
      { provider_uid: ada, state: "revoked", revocation_reason: "provider_event" },
      { provider_uid: grace, state: "revoked", revocation_reason: "provider_event" },
      { provider_uid: "30333444:9101", state: "active", revocation_reason: null },
    ]);
    expect(await call("GET", "/api/v4/leads")).toMatchObject({ status: 403, body: { code: "account_revoked" } });
  });

  test("that is replayed after a reconnect is answered with a code of its own, and changes nothing", async () => {
    await connected();
    const before = await stored();
    const answer = await told(stage.amocrm.hookAddress(example));
    expect(answer).toMatchObject({ status: 409, body: { code: "hook_unconfirmed" } });
    expect(await told(stage.amocrm.hookAddress(12345))).toMatchObject({ body: { code: "hook_unconfirmed" } });
    expect(await stored()).toEqual(before);
  });

  test("that is replayed after the account moved follows it, and ends nothing", async () => {
    await connected();
    stage.amocrm.switches.formerHostStatus = 401;
    stage.amocrm.changeSubdomain("example", "moved");
    expect(await told(stage.amocrm.hookAddress(example))).toMatchObject({ body: { code: "hook_unconfirmed" } });
    expect(await stored()).toMatchObject({ state: "active", metadata: { host: stage.amocrm.host("moved") } });
    stage.amocrm.changeSubdomain("moved", "example");
    await stage.connect(browser, ada);
  });

  test("with a wrong signature, for another account, or for another integration is refused, and amoCRM isn't asked", async () => {
    await connected();
    const signed = new URL(stage.amocrm.hookAddress(example));
    const changes: [string, string][] = [
      ["account_id", "30333444"],
      ["account_id", ""],
      ["client_uuid", "6b2a8c1e-0000-4000-8000-000000000000"],
      ["signature", ""],
      ["signature", "0".repeat(64)],
      ["signature", `${signed.searchParams.get("signature")}00`],
    ];
    await stage.fresh();
    for (const [name, value] of changes) {
      const url = new URL(signed);
      url.searchParams.set(name, value);
      expect(await told(url.href), `${name}=${value}`).toMatchObject({
        status: 401,
        body: { code: "signature_invalid" },
      });
    }
    expect(await told(`${signed.href}&account_id=30333444`)).toMatchObject({ body: { code: "signature_invalid" } });
    expect(stage.amocrm.calls).toEqual([]);
    expect(await stored()).toMatchObject({ state: "active" });
  });

  test("ends nothing while amoCRM can't be asked, and is looked into as soon as it can", async () => {
    await connected();
    stage.amocrm.faults.add({ match: { path: "/account" }, respond: { status: 502, body: "" } });
    await stage.amocrm.uninstall(example, { tell: false });
    const answer = await told(stage.amocrm.hookAddress(example));
    expect(answer).toMatchObject({ status: 503, body: { code: "provider_unavailable" } });
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    await expect.poll(async () => (await stored())?.revocation_reason, { timeout: 15_000 }).toBe("provider_event");
  });
});
