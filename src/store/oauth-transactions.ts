import type { Queryable } from "./database.ts";

export type Purpose = "sign_in" | "connect";

export interface OauthTransaction {
  provider: string;
  purpose: Purpose;
  returnTo: string | null;
  /** The offers that the person was shown before they left, and did not refuse. */
  offerIds: string[];
  /** What the provider was asked for. */
  scopes: string[];
  /** The connect link that it came from. */
  linkId: string | null;
}

/** One whose state was just used up. */
export interface UsedTransaction extends OauthTransaction {
  /** On the database's clock. */
  usedAt: Date;
}

/** Why a state is not accepted. */
export type StateFault = "unknown" | "used" | "expired" | "foreign";

const lifeMinutes = 10;

/** Remembers a transaction by the SHA-256 of its state, for 10 minutes. */
export async function createTransaction(
  database: Queryable,
  transaction: OauthTransaction & { id: Buffer; sessionId: Buffer },
): Promise<void> {
  const { id, sessionId, provider, purpose, returnTo, offerIds, scopes, linkId } = transaction;
  await database.query({
    text: `INSERT INTO oauth_transactions (id, session_id, provider, purpose, return_to, offer_ids, scopes, link_id, expires_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + $9 * interval '1 minute')`,
    values: [id, sessionId, provider, purpose, returnTo, offerIds, scopes, linkId, lifeMinutes],
  });
}

/**
 * Uses a state up. Only the browser session and the provider that it was made for can, once, and within its time;
 * any other attempt leaves it as it was.
 */
export async function useTransaction(
  database: Queryable,
  attempt: { id: Buffer; sessionId: Buffer | null; provider: string },
): Promise<UsedTransaction | StateFault> {
  const { rows } = await database.query<{
    provider: string;
    purpose: Purpose;
    return_to: string | null;
    offer_ids: string[];
    scopes: string[];
    link_id: string | null;
    used_at: Date;
  }>({
    text: `UPDATE oauth_transactions SET used_at = now()
      WHERE id = $1 AND session_id = $2 AND provider = $3 AND used_at IS NULL AND expires_at > now()
      RETURNING provider, purpose, return_to, offer_ids, scopes, link_id, used_at`,
    values: [attempt.id, attempt.sessionId, attempt.provider],
  });
  const row = rows[0];
  if (row) {
    const {
      provider,
      purpose,
      scopes,
      return_to: returnTo,
      offer_ids: offerIds,
      link_id: linkId,
      used_at: usedAt,
    } = row;
    return { provider, purpose, returnTo, offerIds, scopes, linkId, usedAt };
  }
  const found = await database.query<{ ours: boolean; used: boolean }>({
    text: `SELECT coalesce(session_id = $2 AND provider = $3, false) AS ours, used_at IS NOT NULL AS used
      FROM oauth_transactions WHERE id = $1`,
    values: [attempt.id, attempt.sessionId, attempt.provider],
  });
  const known = found.rows[0];
  if (!known) return "unknown";
  if (!known.ours) return "foreign";
  return known.used ? "used" : "expired";
}
