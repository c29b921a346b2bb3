import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { disconnectAccount } from "../../../src/actions/accounts/disconnect-account.ts";
import { endPendingRevocations } from "../../../src/actions/accounts/end-pending-revocations.ts";
import { retryRevocation } from "../../../src/actions/accounts/retry-revocation.ts";
import { connectAccount } from "../../../src/actions/sign-in/connect-account.ts";
import type { Granted } from "../../../src/actions/sign-in/finish-authorization.ts";
import { codeChallenge, newSecret } from "../../../src/actions/sign-in/secrets.ts";
import { signIn } from "../../../src/actions/sign-in/sign-in.ts";
import { Problem } from "../../../src/errors.ts";
import type { Provider } from "../../../src/providers/provider.ts";
import { openTokens } from "../../../src/store/accounts/account.ts";
import { location } from "../../harness/authorization.ts";
import { Browser } from "../../harness/browser.ts";
import { type DatabaseProxy, openDatabaseProxy } from "../../harness/database-proxy.ts";
import { holdRefreshes } from "../../harness/held-refresh.ts";
import { tokensAtGithub } from "../../harness/people.ts";
import { openReplica, type Replica, type ReplicaOptions } from "../../harness/replica.ts";
import { rowsOf } from "../../harness/stored.ts";
import { age, connectSomebody, storedAccount } from "../../harness/stored-account.ts";
import { useStack } from "../../harness/use-stack.ts";

const stack = useStack();
let wire: DatabaseProxy;
let replicas: Replica[] = [];

beforeAll(async () => {
  wire = await openDatabaseProxy(stack.databaseUrl);
});
afterEach(async () => {
  wire.mend();
  stack.sandbox.faults.clear();
  for (const replica of replicas) await replica.close();
  replicas = [];
});
afterAll(() => wire.close());

async function open(options: ReplicaOptions) {
  const replica = await openReplica(stack, options);
  replicas.push(replica);
  const provider = replica.services.providers.get("github");
  if (!provider) throw new Error("GitHub is configured");
  return { ...replica, provider };
}

const unanswered = () => new Problem("database_unavailable", "The connection was lost.", { retryAfter: 5 });

/** What a callback brought of a person. */
async function granted(provider: Provider, login: string): Promise<Omit<Granted, "purpose">> {
  const [verifier, redirectUri] = [newSecret(), `${stack.url}/connect/github/callback`];
  const once = { redirectUri, state: newSecret(), nonce: newSecret() };
  const asking = { ...once, purpose: "connect" as const, codeChallenge: codeChallenge(verifier), scopes: [] };
  const asked = new URL(await provider.authorizeUrl({ ...asking, loginHint: null })).searchParams;
  asked.delete("prompt");
  const body = new URLSearchParams([...asked, ["login", login], ["action", "authorize"]]);
  const answered = await new Browser().request(`${stack.sandbox.webUrl}/login/oauth/authorize`, {
    method: "POST",
    body,
  });
  const code = location(answered).searchParams.get("code") ?? "";
  const { rows } = await stack.database.query<{ now: Date }>({ text: "SELECT now() AS now" });
  const askedAt = rows[0]?.now ?? new Date(0);
  const exchanged = await provider.exchange({ ...once, parameters: {}, code, codeVerifier: verifier });
  const pair = { ...exchanged, scopes: [] };
  return { returnTo: null, pair, profile: await provider.identify(pair), askedAt };
}

const keepers = [
  [
    "a sign-in",
    ({ services, provider }: Awaited<ReturnType<typeof open>>, brought: Omit<Granted, "purpose">) =>
      signIn(services, {
        sessionSecret: newSecret(),
        provider,
        browser: null,
        granted: { ...brought, purpose: "sign_in" },
      }),
  ],
  [
    "a connect",
    ({ services, provider }: Awaited<ReturnType<typeof open>>, brought: Omit<Granted, "purpose">, userId: string) =>
      connectAccount(services, { userId, provider, granted: { ...brought, purpose: "connect" } }),
  ],
] as const;

test.each(keepers)(
  "a token that %s stored is not ended because the answer to its commit was lost",
  async (_what, keep) => {
    const { login, userId } = await connectSomebody(stack);
    const before = await storedAccount(stack, userId);
    const replica = await open({
      afterCommit(texts) {
        if (texts.some((text) => text.includes("INSERT INTO user_external_accounts"))) throw unanswered();
      },
    });
    const brought = await granted(replica.provider, login);
    await expect(keep(replica, brought, userId)).rejects.toMatchObject({ code: "database_unavailable" });
    const after = await storedAccount(stack, userId);
    expect(after).toMatchObject({ state: "active", version: before.version + 1 });
    expect(openTokens(replica.services.keyring, after)?.accessToken).toBe(brought.pair.accessToken);
    await endPendingRevocations(replica.services, () => false);
    expect(await replica.provider.check(brought.pair.accessToken, {})).toBe("alive");
    expect(tokensAtGithub(stack, login)).toBe(1);
  },
);

test.each(keepers)("a token that %s could not store is ended when the database is back", async (_what, keep) => {
  const { login, userId } = await connectSomebody(stack);
  const before = await storedAccount(stack, userId);
  const replica = await open({ databaseUrl: wire.url });
  const brought = await granted(replica.provider, login);
  wire.cut();
  await expect(keep(replica, brought, userId)).rejects.toMatchObject({ code: "database_unavailable" });
  expect(await replica.provider.check(brought.pair.accessToken, {})).toBe("alive");
  wire.mend();
  await expect.poll(() => replica.provider.check(brought.pair.accessToken, {}), { timeout: 10_000 }).toBe("dead");
  await expect.poll(() => rowsOf(stack, "pending_revocations")).toEqual([]);
  expect(await storedAccount(stack, userId)).toMatchObject({ state: "active", version: before.version });
});

test.each(keepers)(
  "%s whose grant ended meanwhile does not take the place of what was connected since",
  async (_, keep) => {
    const { login, userId } = await connectSomebody(stack);
    const replica = await open({});
    const late = await granted(replica.provider, login);
    expect(await disconnectAccount(replica.services, { userId, provider: "github" })).toBe("done");
    await stack.connect(login);
    await keep(replica, late, userId).catch(() => undefined);
    const stored = openTokens(replica.services.keyring, await storedAccount(stack, userId));
    expect(stored?.accessToken).not.toBe(late.pair.accessToken);
    expect(await replica.provider.check(stored?.accessToken ?? "", {})).toBe("alive");
  },
);

test.each(["answers", "fails for a moment"])(
  "a grant is ended although its renewed token could not be written, when GitHub %s",
  async (github) => {
    const { login, userId } = await connectSomebody(stack);
    await age(stack, userId, "expired");
    let lost = 0;
    const replica = await open({
      beforeStatement(text) {
        if (text.includes("UPDATE pending_revocations SET access_token = $2") && ++lost === 1) throw unanswered();
      },
    });
    if (github !== "answers") {
      stack.sandbox.faults.add({
        match: { method: "DELETE", path: /\/grant$/ },
        times: 1,
        respond: { status: 500, body: "" },
      });
    }
    await disconnectAccount(replica.services, { userId, provider: "github" });
    await stack.database.query({ text: "UPDATE pending_revocations SET next_attempt_at = now()" });
    await endPendingRevocations(replica.services, () => false);
    expect(lost).toBe(github === "answers" ? 1 : 2);
    await expect.poll(() => rowsOf(stack, "pending_revocations")).toEqual([]);
    expect(tokensAtGithub(stack, login)).toBeNull();
  },
);

test("a grant whose token alone is dead is ended all the same", async () => {
  const { login, userId } = await connectSomebody(stack);
  const { services, provider } = await open({});
  stack.sandbox.switches.deletingTokenKillsRefreshToken = false;
  await provider.endToken?.(openTokens(services.keyring, await storedAccount(stack, userId))?.accessToken ?? "");
  stack.sandbox.switches.deletingTokenKillsRefreshToken = true;
  expect(tokensAtGithub(stack, login)).not.toBeNull();
  expect(await disconnectAccount(services, { userId, provider: "github" })).toBe("done");
  expect(tokensAtGithub(stack, login)).toBeNull();
});

test("a revoker that stood still while another one gave the grant up does not end what was connected since", async () => {
  const { login, userId } = await connectSomebody(stack);
  await age(stack, userId, "expired");
  const answers = holdRefreshes();
  const [slow, quick] = [await open({ fetch: answers.fetch }), await open({})];
  stack.sandbox.faults.add({ match: { method: "DELETE", path: /\/grant$/ }, respond: { status: 503 } });
  await disconnectAccount(quick.services, { userId, provider: "github" });
  stack.sandbox.faults.clear();
  const due = () =>
    stack.database.query({
      text: `UPDATE pending_revocations SET next_attempt_at = now() + interval '1 hour', lease_until = NULL,
        access_expires_at = now() - interval '1 minute'`,
    });
  await due();
  const [row] = await rowsOf(stack, "pending_revocations");
  const held = answers.hold();
  const slowOne = retryRevocation(slow.services, String(row?.id), { actor: "operator" });
  await held.rotated;
  await due();
  expect(await retryRevocation(quick.services, String(row?.id), { actor: "operator" })).toBe("unconfirmed");
  await stack.connect(login);
  const connected = await storedAccount(stack, userId);
  held.release();
  await slowOne;
  await expect.poll(() => rowsOf(stack, "pending_revocations"), { timeout: 10_000 }).toEqual([]);
  const now = await storedAccount(stack, userId);
  expect(now).toMatchObject({ state: "active", version: connected.version });
  expect(await quick.provider.check(openTokens(quick.services.keyring, now)?.accessToken ?? "", {})).toBe("alive");
  expect(tokensAtGithub(stack, login)).toBe(1);
});
