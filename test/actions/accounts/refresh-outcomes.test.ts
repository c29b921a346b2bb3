import { beforeEach, describe, expect, test } from "vitest";
import type { Fault } from "../../../sandbox/index.ts";
import { freshToken } from "../../../src/actions/accounts/fresh-token.ts";
import { openTokens } from "../../../src/store/accounts/account.ts";
import { accountOf, auditSince, lastAudit } from "../../harness/stored.ts";
import { age, connectSomebody, refreshesSent, storedAccount, waitOut } from "../../harness/stored-account.ts";
import { useReplica } from "../../harness/use-replica.ts";
import { useStack } from "../../harness/use-stack.ts";

/*
 * What each kind of failure of a refresh leaves behind: what is kept and what is revoked, when the next try is, what
 * the caller gets and what the audit log says; for an expired access token and for one that is still valid.
 */

/** Gives up as at the deadline, but sooner. */
let deadlineMs = 15_000;
const hasty: typeof globalThis.fetch = (input, init) =>
  fetch(input, {
    ...init,
    signal: AbortSignal.any([AbortSignal.timeout(deadlineMs), ...(init?.signal ? [init.signal] : [])]),
  });

const stack = useStack();
const replica = useReplica(stack, { fetch: hasty });
beforeEach(() => stack.sandbox.faults.clear());

const json = { "content-type": "application/json; charset=utf-8" };
const answer = (body: string | object, status = 200, headers: Record<string, string> = {}) => ({
  respond: { status, body, headers },
});

interface Kept {
  what: string;
  fault: Omit<Fault, "match">;
  /** What who has no valid token is told. */
  told: { status: number; code: string; retryAfter?: number };
  /** Seconds until the next try. */
  next: number;
  /** What comes of the next try, when GitHub is well again. */
  afterwards: "renewed" | "revoked";
  deadlineMs?: number;
}

const unavailable = { status: 503, code: "provider_unavailable", retryAfter: 2 };
const garbled = { status: 502, code: "provider_garbled" };
const kept: Kept[] = [
  {
    what: "no answer before the deadline",
    fault: { delayMs: 700, ...answer("", 504) },
    deadlineMs: 200,
    told: unavailable,
    next: 2,
    afterwards: "renewed",
  },
  // GitHub has spent the refresh token. Nobody has the pair, which only the next refusal shows.
  {
    what: "an answer lost after the rotation",
    fault: { dropAfterHandling: true },
    told: unavailable,
    next: 2,
    afterwards: "revoked",
  },
  { what: "500", fault: answer({ message: "Server Error" }, 500), told: unavailable, next: 2, afterwards: "renewed" },
  {
    what: "502 with a page",
    fault: answer("<html><h1>Bad gateway</h1></html>", 502, { "content-type": "text/html" }),
    told: unavailable,
    next: 2,
    afterwards: "renewed",
  },
  {
    what: "garbled JSON",
    fault: answer('{"access_token":"ghu_', 200, json),
    told: garbled,
    next: 2,
    afterwards: "renewed",
  },
  {
    what: "our own credentials refused",
    fault: answer({ error: "incorrect_client_credentials", error_description: "wrong" }),
    told: { status: 500, code: "provider_configuration" },
    next: 2,
    afterwards: "renewed",
  },
  {
    what: "429",
    fault: answer("", 429, { "retry-after": "40" }),
    told: { status: 429, code: "rate_limited", retryAfter: 40 },
    next: 40,
    afterwards: "renewed",
  },
];

describe.each(kept)("$what", ({ fault, told, next, afterwards, deadlineMs: deadline = 15_000 }) => {
  test.each(["expired", "valid"] as const)("with an access token that is %s: all is kept", async (token) => {
    const { login, userId } = await connectSomebody(stack);
    const before = await age(stack, userId, token);
    const tokens = openTokens(replica.services.keyring, before);
    const audit = await lastAudit(stack);
    stack.sandbox.faults.add({ match: { operation: "refresh", login }, ...fault });
    const sent = refreshesSent(stack);
    deadlineMs = deadline;
    const got = await freshToken(replica.services, before).then(
      ({ accessToken }) => accessToken,
      (problem) => problem,
    );
    deadlineMs = 15_000;
    if (token === "valid") expect(got).toBe(tokens?.accessToken);
    else expect(got).toMatchObject(told);

    expect(refreshesSent(stack)).toBe(sent + 1);
    // Who has a valid token doesn't wait for long.
    await expect.poll(async () => (await storedAccount(stack, userId)).failureCount).toBe(1);
    const after = await storedAccount(stack, userId);
    expect(after).toMatchObject({ state: "active", version: before.version, leaseHeld: false });
    expect(after.suspectUntil).toBeNull();
    expect(openTokens(replica.services.keyring, after)).toEqual(tokens);
    expect(await secondsToNextTry(userId)).toBe(next);
    expect(await auditSince(stack, audit)).toEqual([]);

    const again = freshToken(replica.services, await waitOut(stack, userId, "retry_after"));
    if (afterwards === "renewed") await again;
    else await expect(again).rejects.toMatchObject({ code: "account_revoked" });
    expect(refreshesSent(stack)).toBe(sent + 2);
    const settled = await storedAccount(stack, userId);
    expect(settled.version).toBe(before.version + 1);
    expect(settled.revocationReason).toBe(afterwards === "renewed" ? null : "refresh_failed");
    expect((await auditSince(stack, audit)).map(({ action }) => action)).toEqual(
      afterwards === "renewed" ? [] : ["account.revoked"],
    );
  });
});

describe("the refusal of this authorisation", () => {
  test.each(["expired", "valid"] as const)("with an access token that is %s: it is over", async (token) => {
    const { login, userId } = await connectSomebody(stack);
    const before = await age(stack, userId, token);
    const audit = await lastAudit(stack);
    stack.sandbox.faults.add({
      match: { operation: "refresh", login },
      ...answer({ error: "bad_refresh_token", error_description: "The refresh token passed is incorrect or expired." }),
    });
    const told = { status: 403, code: "account_revoked", actionUrl: `${stack.url}/accounts` };
    await expect(freshToken(replica.services, before)).rejects.toMatchObject(told);
    expect(await accountOf(stack, userId)).toMatchObject({
      state: "revoked",
      revocation_reason: "refresh_failed",
      version: before.version + 1,
      access_token: null,
      refresh_token: null,
      key_id: null,
      access_expires_at: null,
      refresh_expires_at: null,
      lease_id: null,
      retry_after: null,
    });
    expect(await auditSince(stack, audit)).toMatchObject([
      {
        action: "account.revoked",
        actor: "provider",
        result: "succeeded",
        user_id: userId,
        identity_id: before.identityId,
        detail: { reason: "refresh_failed" },
      },
    ]);
    const sent = stack.sandbox.requests.length;
    await expect(freshToken(replica.services, await storedAccount(stack, userId))).rejects.toMatchObject(told);
    expect(stack.sandbox.requests, "there is no next try").toHaveLength(sent);
  });
});

/** On the database's clock, from the moment that the failure was written. */
async function secondsToNextTry(userId: string): Promise<number | undefined> {
  const { rows } = await stack.database.query<{ seconds: number }>({
    text: `SELECT round(extract(epoch FROM retry_after - updated_at))::int AS seconds
      FROM user_external_accounts WHERE user_id = $1`,
    values: [userId],
  });
  return rows[0]?.seconds;
}
