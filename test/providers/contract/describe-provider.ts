import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freshToken } from "../../../src/actions/accounts/fresh-token.ts";
import { type Account, openTokens } from "../../../src/store/accounts/account.ts";
import { readUserAccount } from "../../../src/store/accounts/read-account.ts";
import { codeOf, location, ownForm } from "../../harness/authorization.ts";
import { Browser, type Page } from "../../harness/browser.ts";
import { newcomer } from "../../harness/people.ts";
import { openReplica, type Replica } from "../../harness/replica.ts";
import { rowsOf } from "../../harness/stored.ts";
import { age } from "../../harness/stored-account.ts";
import type { FailureKind, Subject, SubjectPerson } from "./subject.ts";

/** What a caller is told when a refresh fails so; null: the account has ended. */
const told: Record<FailureKind, { code: string; status: number }> = {
  unreachable: { code: "provider_unavailable", status: 503 },
  throttled: { code: "rate_limited", status: 429 },
  garbled: { code: "provider_garbled", status: 502 },
  ours: { code: "provider_configuration", status: 500 },
  refused: { code: "account_revoked", status: 403 },
};

interface User {
  userId: string;
  browser: Browser;
  person: SubjectPerson;
}

/** What every provider must do, over the whole stack, with its sandbox as the other side. */
export function describeProvider(name: string, setUp: () => Subject | Promise<Subject>): void {
  describe(name, () => {
    let subject: Subject;
    let replica: Replica;
    beforeAll(async () => {
      subject = await setUp();
      replica = await openReplica(subject.stack, { providers: subject.providers ?? [] });
    });
    afterAll(() => replica?.close());

    /** A user who is signed in, and whom the provider knows. */
    async function user(): Promise<User> {
      const { stack } = subject;
      const owner = newcomer(stack);
      const { browser } = await stack.signIn(owner.login, new Browser());
      const { rows } = await stack.database.query<{ user_id: string }>({
        text: "SELECT user_id FROM identities WHERE provider = 'github' AND provider_uid = $1",
        values: [String(owner.id)],
      });
      return { userId: rows[0]?.user_id ?? "", browser, person: subject.newPerson(owner) };
    }

    /** Goes to the provider's page. */
    async function ask(browser: Browser): Promise<Page> {
      const { stack, provider } = subject;
      return browser.post(`${stack.url}/connect/${provider}`, {}, `${stack.url}/accounts`);
    }

    async function connect({ browser, person }: Pick<User, "browser" | "person">, refuse?: string[]): Promise<Page> {
      return subject.consent(browser, await ask(browser), person, refuse);
    }

    async function connected(): Promise<User> {
      const one = await user();
      const page = await connect(one);
      expect(page.url).toContain("/accounts?done=connected");
      return one;
    }

    async function account({ userId }: Pick<User, "userId">): Promise<Account> {
      const found = await readUserAccount(subject.stack.database, { userId, provider: subject.provider });
      if (!found) throw new Error("the user has no account there");
      return found;
    }

    const tokensOf = async (one: User) => openTokens(replica.services.keyring, await account(one));
    const alive = async (one: User) =>
      replica.services.providers
        .get(subject.provider)
        ?.check((await tokensOf(one))?.accessToken ?? "", (await account(one)).metadata);

    /** Everything that a refused connect must leave as it was. */
    async function kept(): Promise<unknown[]> {
      const accounts = await rowsOf(subject.stack, "user_external_accounts");
      const delegations = await rowsOf(subject.stack, "delegations");
      return [accounts, delegations];
    }

    test("connects: the account is active under the provider's stable id, with living tokens that are sealed", async () => {
      const one = await connected();
      const stored = await account(one);
      expect(stored).toMatchObject({ state: "active", provider: subject.provider });
      const [identity] = (await rowsOf(subject.stack, "identities")).filter(({ id }) => id === stored.identityId);
      expect(identity).toMatchObject({ provider_uid: one.person.uid, user_id: one.userId });
      expect(await alive(one)).toBe("alive");
      const { accessToken = "" } = (await tokensOf(one)) ?? {};
      expect(JSON.stringify(await rowsOf(subject.stack, "user_external_accounts"))).not.toContain(accessToken);
      expect(subject.stack.log.join("")).not.toContain(accessToken);
    });

    test("stores nothing of who declines", async () => {
      const one = await user();
      const before = await kept();
      const page = await subject.decline(one.browser, await ask(one.browser), one.person);
      expect(codeOf(page)).toBe("consent_refused");
      expect(await kept()).toEqual(before);
    });

    test("04 takes no callback that was meant for another provider", async () => {
      const one = await user();
      const { stack, provider } = subject;
      const body = new URLSearchParams();
      const started = await one.browser.request(`${stack.url}/connect/${provider}`, {
        method: "POST",
        headers: ownForm,
        body,
      });
      const state = location(started).searchParams.get("state") ?? "";
      const other = provider === "github" ? "acme" : "github";
      const before = await kept();
      const page = await one.browser.open(`${stack.url}/connect/${other}/callback?code=x&state=${state}`);
      expect(codeOf(page)).toBe("state_foreign");
      expect(await kept()).toEqual(before);
    });

    test("keeps the account when its person connects again, with the new tokens", async () => {
      const one = await connected();
      const before = await account(one);
      const tokens = await tokensOf(one);
      await connect(one);
      const after = await account(one);
      expect(after).toMatchObject({ id: before.id, identityId: before.identityId, state: "active" });
      expect(after.version).toBeGreaterThan(before.version);
      expect(await tokensOf(one)).not.toEqual(tokens);
      expect(await alive(one)).toBe("alive");
    });

    test("refuses a second identity of the same user, and the first one lives on", async () => {
      const one = await connected();
      const before = await kept();
      const page = await connect({ ...one, person: subject.newPerson() });
      expect(codeOf(page)).toBe("different_identity");
      expect(await kept()).toEqual(before);
      expect(await alive(one)).toBe("alive");
    });

    test("refuses an identity that is somebody else's, whose account lives on", async () => {
      const owner = await connected();
      const before = await kept();
      const thief = await user();
      const page = await connect({ ...thief, person: owner.person });
      expect(codeOf(page)).toBe("identity_in_use");
      expect(await kept()).toEqual(before);
      expect(await alive(owner)).toBe("alive");
      await age(subject.stack, owner.userId, "expired", subject.provider);
      await freshToken(replica.services, await account(owner));
      expect(await account(owner)).toMatchObject({ state: "active" });
    });

    for (const rotates of [true, false]) {
      test(`renews its tokens ${rotates ? "with a new refresh token" : "and goes on with the refresh token that it has"}`, async (context) => {
        const { rotation } = subject;
        if (typeof rotation === "boolean" && rotation !== rotates) context.skip();
        if (typeof rotation === "object") rotation.set(rotates);
        const one = await connected();
        for (let round = 0; round < 2; round++) {
          const before = await age(subject.stack, one.userId, "expired", subject.provider);
          const tokens = await tokensOf(one);
          const { accessToken } = await freshToken(replica.services, before);
          const after = await account(one);
          expect(after).toMatchObject({ state: "active", version: before.version + 1, failureCount: 0 });
          const renewed = await tokensOf(one);
          expect(renewed?.accessToken).toBe(accessToken);
          expect(accessToken).not.toBe(tokens?.accessToken);
          expect(renewed?.refreshToken === tokens?.refreshToken).toBe(!rotates);
          expect(await alive(one)).toBe("alive");
        }
        if (typeof rotation === "object") rotation.set(true);
      });
    }

    for (const kind of ["unreachable", "throttled", "garbled", "ours"] as const) {
      test(`keeps the account when a refresh is ${kind}, and renews it afterwards`, async () => {
        for (const fault of subject.failures[kind].refresh) {
          const one = await connected();
          const before = await age(subject.stack, one.userId, "expired", subject.provider);
          subject.fail("refresh", fault);
          await expect(freshToken(replica.services, before)).rejects.toMatchObject(told[kind]);
          expect(await account(one)).toMatchObject({ state: "active", version: before.version, failureCount: 1 });
          await subject.stack.database.query({
            text: "UPDATE user_external_accounts SET retry_after = now() - interval '1 s' WHERE id = $1",
            values: [before.id],
          });
          await freshToken(replica.services, await account(one));
          expect(await alive(one)).toBe("alive");
        }
      });
    }

    test("ends the account when a refresh is refused, and lets its person connect again", async () => {
      for (const fault of subject.failures.refused.refresh) {
        const one = await connected();
        const before = await age(subject.stack, one.userId, "expired", subject.provider);
        subject.fail("refresh", fault);
        await expect(freshToken(replica.services, before)).rejects.toMatchObject(told.refused);
        const ended = { state: "revoked", revocationReason: "refresh_failed", sealedAccessToken: null };
        expect(await account(one)).toMatchObject({ ...ended, sealedRefreshToken: null });
        await connect(one);
        expect(await account(one)).toMatchObject({ id: before.id, state: "active" });
      }
    });

    test("learns at the next refresh that the person ended the grant at the provider", async () => {
      const one = await connected();
      await subject.revoke(one.person);
      expect(await alive(one)).not.toBe("alive");
      const before = await age(subject.stack, one.userId, "expired", subject.provider);
      await expect(freshToken(replica.services, before)).rejects.toMatchObject(told.refused);
      expect(await account(one)).toMatchObject({ state: "revoked", revocationReason: "refresh_failed" });
    });

    for (const kind of ["unreachable", "throttled", "garbled", "ours", "refused"] as const) {
      test(`stores nothing when a code's exchange is ${kind}`, async () => {
        for (const fault of subject.failures[kind].exchange) {
          const one = await user();
          const before = await kept();
          const asked = await ask(one.browser);
          subject.fail("exchange", fault);
          const page = await subject.consent(one.browser, asked, one.person);
          expect(page.status).toBeGreaterThanOrEqual(400);
          if (kind === "refused") expect(codeOf(page)).toBe("code_expired");
          else expect(page.text).toContain(told[kind].code);
          expect(await kept()).toEqual(before);
        }
      });
    }

    test("12 a disconnect ends the grant at the provider, or says that only the person can", async () => {
      const one = await connected();
      const { stack, provider } = subject;
      expect(subject.livingTokens(one.person)).toBeGreaterThan(0);
      await one.browser.post(`${stack.url}/accounts/${provider}/disconnect`, {}, `${stack.url}/accounts`);
      const ended = { state: "revoked", revocationReason: "user_revoked", sealedAccessToken: null };
      expect(await account(one)).toMatchObject({ ...ended, sealedRefreshToken: null });
      const waiting = (await rowsOf(stack, "pending_revocations")).filter(({ user_id }) => user_id === one.userId);
      if (subject.endsGrants) {
        expect(subject.livingTokens(one.person)).toBe(0);
        expect(waiting).toEqual([]);
      } else {
        expect(waiting).toEqual([expect.objectContaining({ state: "unconfirmed" })]);
      }
      await connect(one);
      expect(await account(one)).toMatchObject({ state: "active" });
    });

    test("10 an account without a scope that is required is limited, and its page says what is missing", async (context) => {
      const scope = subject.refusableScope;
      if (scope === null) return context.skip();
      const one = await user();
      await connect(one, [scope]);
      expect(await account(one)).toMatchObject({ state: "limited" });
      expect((await account(one)).scopes).not.toContain(scope);
      const page = await one.browser.open(`${subject.stack.url}/accounts`);
      expect(page.text).toContain(`<code>${scope}</code>`);
      await connect(one);
      expect(await account(one)).toMatchObject({ state: "active" });
    });

    test("connects by a link of the host platform, which says what was not granted, and another asks for more", async () => {
      const { stack, provider, refusableScope } = subject;
      const one = await user();
      const { key } = await stack.bot(`host-${one.userId}`, "platform");
      const follow = async (scopes: readonly string[], refuse: string[]): Promise<Page> => {
        const path = `/api/v1/users/${one.userId}/connect-links`;
        const made = await stack.call("POST", path, { key, body: { provider, scopes } });
        const asked = await one.browser.open(String(made.body.url));
        for (const scope of scopes) expect(asked.text).toContain(scope);
        return subject.consent(one.browser, await one.browser.submit(asked, "Continue to"), one.person, refuse);
      };
      const page = await follow([], refusableScope ? [refusableScope] : []);
      expect(page.text).toContain("Nothing is connected yet.");
      if (refusableScope) expect(page.text).toContain(`did not grant ${refusableScope}`);
      await one.browser.submit(page, "Connect ");
      expect(await account(one)).toMatchObject({ state: refusableScope ? "limited" : "active" });
      const more = replica.services.providers.get(provider)?.scopes.optional ?? [];
      await one.browser.submit(await follow(more, []), "Connect ");
      expect(await account(one)).toMatchObject({ state: "active", scopes: expect.arrayContaining([...more]) });
      expect(await alive(one)).toBe("alive");
    });
  });
}
