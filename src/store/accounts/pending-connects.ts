import type { Keyring } from "../../crypto/keyring.ts";
import type { Metadata, TokenPair } from "../../grant.ts";
import type { Queryable } from "../database.ts";
import { type OpenedTokens, openPair, sealPair, type TokenPlace } from "./account.ts";

/**
 * What a provider granted for a connect link, in a row of its own under the link's id, until the person and then the
 * platform say that it is meant so. An account that the user has meanwhile goes on as it is.
 */
export interface PendingConnect {
  id: string;
  userId: string;
  provider: string;
  identityId: string;
  /** As it is now: what is left of its life. */
  pair: TokenPair & { scopes: readonly string[]; metadata: Metadata };
  askedAt: Date;
}

interface PendingRow {
  id: string;
  user_id: string;
  provider: string;
  identity_id: string;
  access_token: Buffer;
  refresh_token: Buffer | null;
  access_seconds: number | null;
  refresh_seconds: number | null;
  scopes: string[];
  metadata: Metadata;
  asked_at: Date;
}

/**
 * Holds a grant for ten minutes, sealed for its own row.
 * @returns false: there is one for that link already
 */
export async function addPendingConnect(
  deps: { keyring: Keyring },
  transaction: Queryable,
  pending: Omit<PendingConnect, "pair"> & { pair: TokenPair & { scopes: readonly string[] } },
): Promise<boolean> {
  const { id, userId, provider, identityId, pair, askedAt } = pending;
  const sealed = sealPair(deps.keyring, pendingPlace(pending), pair);
  const { rowCount } = await transaction.query({
    text: `INSERT INTO pending_connects (id, user_id, provider, identity_id, access_token, refresh_token, key_id,
        access_expires_at, refresh_expires_at, scopes, metadata, asked_at, expires_at)
      SELECT l.id, l.user_id, $3, $4, $5, $6, $7, now() + $8::float8 * interval '1 s', now() + $9::float8 * interval '1 s',
        $10, $11, $12, now() + interval '10 minutes'
      FROM connect_links l WHERE l.id = $1 AND l.user_id = $2 AND l.outcome IS NULL
      ON CONFLICT (id) DO NOTHING`,
    values: [
      id,
      userId,
      provider,
      identityId,
      sealed.access,
      sealed.refresh,
      deps.keyring.activeId,
      pair.accessExpiresIn,
      pair.refreshExpiresIn,
      JSON.stringify(pair.scopes),
      JSON.stringify(pair.metadata ?? {}),
      askedAt,
    ],
  });
  return rowCount === 1;
}

/**
 * The person says that it is theirs: from now on the account is pending, for ten minutes. Saying it again changes nothing.
 * @returns false: there is nothing to confirm (any more)
 */
export async function confirmPendingConnect(transaction: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await transaction.query({
    text: `UPDATE pending_connects SET confirmed_at = coalesce(confirmed_at, now()),
        expires_at = CASE WHEN confirmed_at IS NULL THEN now() + interval '10 minutes' ELSE expires_at END
      WHERE id = $1 AND expires_at > now()`,
    values: [id],
  });
  return rowCount === 1;
}

/**
 * Opens what was confirmed and has not expired.
 * @throws Problem `cannot_unseal`
 */
export async function openPendingConnect(
  deps: { keyring: Keyring; database: Queryable },
  id: string,
): Promise<PendingConnect | null> {
  const { rows } = await deps.database.query<PendingRow>({
    text: `SELECT id, user_id, provider, identity_id, access_token, refresh_token, scopes, metadata, asked_at,
        extract(epoch FROM access_expires_at - now())::float8 AS access_seconds,
        extract(epoch FROM refresh_expires_at - now())::float8 AS refresh_seconds
      FROM pending_connects WHERE id = $1 AND confirmed_at IS NOT NULL AND expires_at > now()`,
    values: [id],
  });
  const row = rows[0];
  if (!row) return null;
  const { user_id: userId, identity_id: identityId, provider, scopes, metadata, asked_at: askedAt } = row;
  const tokens = openConnectRow(deps.keyring, row);
  return {
    id,
    userId,
    provider,
    identityId,
    pair: { ...tokens, accessExpiresIn: row.access_seconds, refreshExpiresIn: row.refresh_seconds, scopes, metadata },
    askedAt,
  };
}

/** Takes it out, for the account that it becomes in this transaction. Only one can. */
export async function takePendingConnect(transaction: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await transaction.query({
    text: "DELETE FROM pending_connects WHERE id = $1 AND confirmed_at IS NOT NULL AND expires_at > now()",
    values: [id],
  });
  return rowCount === 1;
}

/** What nobody completed in time, the oldest first. Nothing is locked. */
export async function expiredConnects(
  database: Queryable,
  limit: number,
): Promise<{ id: string; provider: string; identityId: string }[]> {
  const { rows } = await database.query<{ id: string; provider: string; identity_id: string }>({
    text: "SELECT id, provider, identity_id FROM pending_connects WHERE expires_at <= now() ORDER BY expires_at LIMIT $1",
    values: [limit],
  });
  return rows.map(({ id, provider, identity_id: identityId }) => ({ id, provider, identityId }));
}

/** Which ones wait of a user at a provider, or at any, and of identities. */
export async function pendingConnectsOf(
  database: Queryable,
  owner: { userId: string; provider?: string; identityIds?: readonly string[] },
): Promise<{ id: string; provider: string; identityId: string }[]> {
  const { rows } = await database.query<{ id: string; provider: string; identity_id: string }>({
    text: `SELECT id, provider, identity_id FROM pending_connects
        WHERE user_id = $1 AND ($2::text IS NULL OR provider = $2)
      UNION SELECT id, provider, identity_id FROM pending_connects WHERE identity_id = ANY ($3) ORDER BY identity_id, id`,
    values: [owner.userId, owner.provider ?? null, owner.identityIds ?? []],
  });
  return rows.map(({ id, provider, identity_id: identityId }) => ({ id, provider, identityId }));
}

/** As whom a user's account at a provider is pending; null: it is not. */
export async function readPendingIdentity(
  database: Queryable,
  user: { userId: string; provider: string },
): Promise<{ login: string; displayName: string | null } | null> {
  const { rows } = await database.query<{ login: string; display_name: string | null }>({
    text: `SELECT i.login, i.display_name FROM pending_connects p JOIN identities i ON i.id = p.identity_id
      WHERE p.user_id = $1 AND p.provider = $2 AND p.confirmed_at IS NOT NULL AND p.expires_at > now()
      ORDER BY p.confirmed_at DESC LIMIT 1`,
    values: [user.userId, user.provider],
  });
  return rows[0] ? { login: rows[0].login, displayName: rows[0].display_name } : null;
}

/** Whether something else waits for being completed that has this identity. */
export async function identityIsPending(database: Queryable, identityId: string, except?: string): Promise<boolean> {
  const { rows } = await database.query({
    text: "SELECT 1 FROM pending_connects WHERE identity_id = $1 AND ($2::uuid IS NULL OR id <> $2) LIMIT 1",
    values: [identityId, except ?? null],
  });
  return rows.length > 0;
}

/** Whether that access token, which this process has just received, is held for that link. */
export async function pendingConnectHolds(
  deps: { keyring: Keyring },
  database: Queryable,
  held: { id: string; accessToken: string },
): Promise<boolean> {
  const { rows } = await database.query<PendingRow>({
    text: `SELECT id, user_id, provider, access_token, refresh_token FROM pending_connects WHERE id = $1`,
    values: [held.id],
  });
  return rows[0] !== undefined && openConnectRow(deps.keyring, rows[0]).accessToken === held.accessToken;
}

/** The columns that {@link openConnectRow} needs. */
export type SealedConnectRow = Pick<PendingRow, "id" | "user_id" | "provider" | "access_token" | "refresh_token">;

/**
 * Opens the tokens of a row.
 * @throws Problem `cannot_unseal`
 */
export function openConnectRow(keyring: Keyring, row: SealedConnectRow): OpenedTokens {
  const place = pendingPlace({ id: row.id, userId: row.user_id, provider: row.provider });
  return openPair(keyring, place, { access: row.access_token, refresh: row.refresh_token });
}

function pendingPlace({ id, userId, provider }: { id: string; userId: string; provider: string }): TokenPlace {
  return { table: "pending_connects", rowId: id, userId, provider };
}
