import type { Queryable } from "../database.ts";
import type { RevocationState } from "./revocation-state.ts";

/** What is still to be ended at a provider, as an admin sees it. */
export interface ListedRevocation {
  id: string;
  provider: string;
  kind: "grant" | "token";
  state: RevocationState;
  attempts: number;
  lastError: string | null;
  nextAttemptAt: Date;
  /** Some process tries it right now. */
  running: boolean;
  createdAt: Date;
  /** Whose it is; null: somebody who was erased, or who was never let in. */
  login: string | null;
  externalId: string | null;
  erased: boolean;
  /** Where the next page goes on. */
  cursor: string;
}

interface ListedRow {
  id: string;
  provider: string;
  kind: "grant" | "token";
  state: RevocationState;
  attempts: number;
  last_error: string | null;
  next_attempt_at: Date;
  running: boolean;
  created_at: Date;
  login: string | null;
  external_id: string | null;
  erased: boolean;
  cursor: string;
}

/** How {@link ListedRevocation.cursor} looks: state, microseconds since 1970, id. */
export const revocationCursor = /^(pending|unconfirmed)~(\d{1,16})~([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** A page of what is still to be ended, first what is tried again and then what can't be, each the oldest first. */
export async function listRevocations(
  database: Queryable,
  page: { after: string | null; limit: number },
): Promise<ListedRevocation[]> {
  const [, state, microseconds, id] = revocationCursor.exec(page.after ?? "") ?? [];
  const { rows } = await database.query<ListedRow>({
    text: `SELECT p.id, p.provider, p.kind, p.state, p.attempts, p.last_error, p.next_attempt_at, p.created_at,
        coalesce(p.lease_until > clock_timestamp(), false) AS running, i.login, u.external_id,
        u.erased_at IS NOT NULL AS erased,
        concat_ws('~', p.state, (extract(epoch FROM p.created_at) * 1000000)::bigint, p.id) AS cursor
      FROM pending_revocations p
      LEFT JOIN identities i ON i.id = p.identity_id
      LEFT JOIN users u ON u.id = p.user_id
      ${id ? `WHERE (p.state, p.created_at, p.id) > ($2, 'epoch'::timestamptz + $3::float8 * interval '1 us', $4::uuid)` : ""}
      ORDER BY p.state, p.created_at, p.id LIMIT $1`,
    values: [page.limit, ...(id ? [state, microseconds, id] : [])],
  });
  return rows.map((row) => ({
    id: row.id,
    provider: row.provider,
    kind: row.kind,
    state: row.state,
    attempts: row.attempts,
    lastError: row.last_error,
    nextAttemptAt: row.next_attempt_at,
    running: row.running,
    createdAt: row.created_at,
    login: row.login,
    externalId: row.external_id,
    erased: row.erased,
    cursor: row.cursor,
  }));
}

/**
 * Makes the next try of one due now.
 * @returns whose it is; null: it can't be tried, or is over
 */
export async function hastenRevocation(
  database: Queryable,
  id: string,
): Promise<{ userId: string | null; provider: string } | null> {
  const { rows } = await database.query<{ user_id: string | null; provider: string }>({
    text: `UPDATE pending_revocations SET next_attempt_at = least(next_attempt_at, clock_timestamp())
      WHERE id = $1 AND state = 'pending' RETURNING user_id, provider`,
    values: [id],
  });
  return rows[0] ? { userId: rows[0].user_id, provider: rows[0].provider } : null;
}

/** How one stands; null: it is over. */
export async function readRevocation(database: Queryable, id: string): Promise<RevocationState | null> {
  const { rows } = await database.query<{ state: RevocationState }>({
    text: "SELECT state FROM pending_revocations WHERE id = $1",
    values: [id],
  });
  return rows[0]?.state ?? null;
}
