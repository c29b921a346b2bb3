import { randomUUID } from "node:crypto";
import type { Keyring } from "../../crypto/keyring.ts";
import { open, type SealContext, seal } from "../../crypto/seal.ts";
import { Problem } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { Database, Queryable } from "../database.ts";
import { addPendingRevocation } from "./pending-revocations.ts";

/** A token that the provider made narrower than its person's, for one pass. */
export interface ScopedToken {
  id: string;
  accessToken: string;
}

interface ScopedRow {
  id: string;
  user_id: string;
  provider: string;
  token: Buffer;
  expires_at: Date | null;
}

/** The pass's token, where it has one that is good for a minute more. */
export async function readScopedToken(
  deps: { database: Queryable; keyring: Keyring },
  passId: string,
): Promise<ScopedToken | null> {
  const { rows } = await deps.database.query<ScopedRow>({
    name: "read-scoped-token",
    text: `SELECT id, user_id, provider, token, expires_at FROM scoped_tokens
      WHERE pass_id = $1 AND (expires_at IS NULL OR expires_at > now() + interval '1 minute')`,
    values: [passId],
  });
  const row = rows[0];
  return row ? { id: row.id, accessToken: open(deps.keyring, scopedPlace(row), row.token) } : null;
}

/**
 * Keeps a new token for a pass. What stood in its place, or a pass that ended meanwhile, puts the one that isn't kept
 * into the queue of what must be ended.
 * @param scoped.expiresIn seconds; null: the provider did not say
 */
export async function storeScopedToken(
  deps: { database: Database; keyring: Keyring; log: Log },
  scoped: { passId: string; userId: string; provider: string; accessToken: string; expiresIn: number | null },
): Promise<void> {
  const { passId, userId, provider, accessToken, expiresIn } = scoped;
  const id = randomUUID();
  const token = seal(deps.keyring, scopedPlace({ id, user_id: userId, provider }), accessToken);
  await deps.database.transaction(async (transaction) => {
    // Who ends the pass waits for this, or this for them.
    const live = await transaction.query({
      text: "SELECT 1 FROM passes WHERE id = $1 AND ended_at IS NULL AND expires_at > now() FOR UPDATE",
      values: [passId],
    });
    await endScopedTokens(deps, transaction, { passId });
    if (live.rows.length === 0) {
      const tokens = { accessToken, refreshToken: null };
      const accessExpiresAt = expiresIn === null ? null : new Date(Date.now() + expiresIn * 1000);
      await addPendingRevocation(deps, transaction, {
        provider,
        kind: "token",
        userId,
        identityId: null,
        tokens,
        accessExpiresAt,
      });
      return;
    }
    await transaction.query({
      text: `INSERT INTO scoped_tokens (id, pass_id, user_id, provider, token, key_id, expires_at, end_at)
        SELECT $1, p.id, $3, $4, $5, $6, now() + $7::float8 * interval '1 s', p.expires_at FROM passes p WHERE p.id = $2`,
      values: [id, passId, userId, provider, token, deps.keyring.activeId, expiresIn],
    });
  });
}

/**
 * Hands tokens over to the queue of what must be ended at the provider: that of one pass, of all passes for a user, or of all that have expired. One
 * that does not open can't be ended, and expires by itself: it must keep neither its person from being deactivated nor
 * the others from being ended.
 * @returns the rows of that queue
 */
export async function endScopedTokens(
  deps: { keyring: Keyring; log: Log },
  transaction: Queryable,
  which: { passId: string } | { userId: string } | "expired",
): Promise<string[]> {
  const { rows } = await transaction.query<ScopedRow>(
    which === "expired"
      ? {
          text: `DELETE FROM scoped_tokens WHERE id IN
              (SELECT id FROM scoped_tokens WHERE end_at <= now() ORDER BY end_at LIMIT 100 FOR UPDATE SKIP LOCKED)
            RETURNING id, user_id, provider, token, expires_at`,
          values: [],
        }
      : {
          text: `DELETE FROM scoped_tokens WHERE ${"passId" in which ? "pass_id" : "user_id"} = $1
            RETURNING id, user_id, provider, token, expires_at`,
          values: ["passId" in which ? which.passId : which.userId],
        },
  );
  const queued: string[] = [];
  for (const row of rows) {
    const accessToken = openScoped(deps, row);
    if (accessToken === null) continue;
    const tokens = { accessToken, refreshToken: null };
    const { user_id: userId, provider, expires_at: accessExpiresAt } = row;
    const id = await addPendingRevocation(deps, transaction, {
      provider,
      kind: "token",
      userId,
      identityId: null,
      tokens,
      accessExpiresAt,
    });
    queued.push(id);
  }
  return queued;
}

function openScoped(deps: { keyring: Keyring; log: Log }, row: ScopedRow): string | null {
  try {
    return open(deps.keyring, scopedPlace(row), row.token);
  } catch (error) {
    if (!(error instanceof Problem && error.code === "cannot_unseal")) throw error;
    deps.log.error({ err: error, scopedToken: row.id }, "a pass's token does not open; it was not ended");
    return null;
  }
}

/** Forgets a token that the provider has ended: another is made for the pass. */
export async function forgetScopedToken(database: Queryable, id: string): Promise<void> {
  await database.query({ name: "forget-scoped-token", text: "DELETE FROM scoped_tokens WHERE id = $1", values: [id] });
}

function scopedPlace(row: { id: string; user_id: string; provider: string }): SealContext {
  return { table: "scoped_tokens", column: "token", rowId: row.id, userId: row.user_id, provider: row.provider };
}
