import { one, type Queryable } from "./database.ts";

/** How a link ended. */
export type LinkOutcome = "connected" | "cancelled" | "expired";

/** A link with which a host platform has one of its users connect, and how it stands. */
export interface ConnectLink {
  id: string;
  userId: string;
  provider: string;
  /** What is asked for beside the usual. */
  scopes: string[];
  returnTo: string | null;
  /** Who made it, and what that platform calls the user. */
  platform: string;
  externalId: string | null;
  /** As whom the user is known at that provider already, else anywhere. */
  login: string | null;
  /** SHA-256 of the session secret of the browser that used it. */
  sessionId: Buffer | null;
  offerIds: string[];
  refusedOfferIds: string[];
  /** Its ten minutes are not over. */
  fresh: boolean;
  outcome: LinkOutcome | null;
  /** What the provider granted for it. */
  pending: PendingGrant | null;
}

/** Whose grant waits for being confirmed by the person (`held`), or by the platform. */
export interface PendingGrant {
  state: "held" | "confirmed" | "expired";
  identityId: string;
  login: string;
  displayName: string | null;
  scopes: string[];
}

interface LinkRow {
  id: string;
  user_id: string;
  provider: string;
  scopes: string[];
  return_to: string | null;
  platform: string;
  external_id: string | null;
  login: string | null;
  session_id: Buffer | null;
  offer_ids: string[];
  refused_offer_ids: string[];
  fresh: boolean;
  outcome: LinkOutcome | null;
  pending:
    | (Omit<PendingGrant, "identityId" | "displayName"> & { identity_id: string; display_name: string | null })
    | null;
}

/** Most links of one user that can be used at one time. */
const openLinks = 20;

/** Keeps a new link by the SHA-256 of its secret, for ten minutes. The user's oldest ones end where there are too many. */
export async function createConnectLink(
  transaction: Queryable,
  link: {
    secretHash: Buffer;
    userId: string;
    botId: string;
    provider: string;
    scopes: readonly string[];
    returnTo: string | null;
  },
): Promise<{ id: string; expiresAt: Date }> {
  const made = one(
    await transaction.query<{ id: string; expires_at: Date }>({
      text: `INSERT INTO connect_links (secret_hash, user_id, bot_id, provider, scopes, return_to, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp(), clock_timestamp() + interval '10 minutes')
        RETURNING id, expires_at`,
      values: [link.secretHash, link.userId, link.botId, link.provider, link.scopes, link.returnTo],
    }),
  );
  await transaction.query({
    text: `UPDATE connect_links SET expires_at = now() WHERE expires_at > now() AND id IN (
      SELECT id FROM connect_links WHERE user_id = $1 AND session_id IS NULL ORDER BY created_at DESC OFFSET $2)`,
    values: [link.userId, openLinks],
  });
  return { id: made.id, expiresAt: made.expires_at };
}

/** Reads a link, by its id or by the SHA-256 of its secret. One whose user or platform is no longer there is none. */
export async function readConnectLink(
  database: Queryable,
  by: { id: string } | { secretHash: Buffer },
): Promise<ConnectLink | null> {
  const { rows } = await database.query<LinkRow>({
    text: `SELECT l.id, l.user_id, l.provider, l.scopes, l.return_to, b.name AS platform, u.external_id,
        (SELECT i.login FROM identities i WHERE i.user_id = u.id
          ORDER BY i.provider = l.provider DESC, i.updated_at DESC LIMIT 1) AS login,
        l.session_id, l.offer_ids, l.refused_offer_ids, l.expires_at > now() AS fresh, l.outcome,
        (SELECT jsonb_build_object('identity_id', i.id, 'login', i.login, 'display_name', i.display_name, 'scopes', p.scopes,
            'state', CASE WHEN p.expires_at <= now() THEN 'expired' WHEN p.confirmed_at IS NULL THEN 'held' ELSE 'confirmed' END)
          FROM pending_connects p JOIN identities i ON i.id = p.identity_id WHERE p.id = l.id) AS pending
      FROM connect_links l JOIN users u ON u.id = l.user_id AND u.status = 'active'
        JOIN bots b ON b.id = l.bot_id AND b.revoked_at IS NULL
      WHERE ${"id" in by ? "l.id" : "l.secret_hash"} = $1`,
    values: ["id" in by ? by.id : by.secretHash],
  });
  return rows[0] ? toLink(rows[0]) : null;
}

/**
 * Binds a link to the browser that uses it, with what the person chose of the offers. That browser may begin again, as
 * after cancelling at the provider, until the provider has granted something; no other one can use it.
 * @returns whether it could
 */
export async function claimConnectLink(
  transaction: Queryable,
  claim: { id: string; sessionId: Buffer; offerIds: readonly string[]; refusedOfferIds: readonly string[] },
): Promise<boolean> {
  const { rowCount } = await transaction.query({
    text: `UPDATE connect_links l SET session_id = $2, offer_ids = $3, refused_offer_ids = $4
      WHERE id = $1 AND expires_at > now() AND outcome IS NULL AND (session_id IS NULL OR session_id = $2)
        AND NOT EXISTS (SELECT 1 FROM pending_connects p WHERE p.id = l.id)`,
    values: [claim.id, claim.sessionId, claim.offerIds, claim.refusedOfferIds],
  });
  return rowCount === 1;
}

/** Keeps the SHA-256 of the code with which the platform completes the connect. */
export async function keepCompletionCode(transaction: Queryable, id: string, codeHash: Buffer): Promise<void> {
  await transaction.query({ text: "UPDATE connect_links SET code_hash = $2 WHERE id = $1", values: [id, codeHash] });
}

/** The link whose connect a code completes, and whose user it is. */
export async function findLinkOfCode(
  database: Queryable,
  codeHash: Buffer,
): Promise<{ id: string; userId: string } | null> {
  const { rows } = await database.query<{ id: string; user_id: string }>({
    text: "SELECT id, user_id FROM connect_links WHERE code_hash = $1",
    values: [codeHash],
  });
  return rows[0] ? { id: rows[0].id, userId: rows[0].user_id } : null;
}

/** It is over: neither the link nor a code of it works any more. */
export async function settleConnectLink(transaction: Queryable, id: string, outcome: LinkOutcome): Promise<void> {
  await transaction.query({
    text: "UPDATE connect_links SET outcome = $2, code_hash = NULL WHERE id = $1 AND outcome IS NULL",
    values: [id, outcome],
  });
}

/** Ends all links of a user that nothing was granted for. */
export async function removeConnectLinksOf(transaction: Queryable, userId: string): Promise<void> {
  await transaction.query({
    text: `DELETE FROM connect_links l WHERE user_id = $1
      AND NOT EXISTS (SELECT 1 FROM pending_connects p WHERE p.id = l.id)`,
    values: [userId],
  });
}

/** Removes links that expired an hour ago: until then their page says what became of them. */
export async function removeOldConnectLinks(database: Queryable): Promise<void> {
  await database.query({
    text: `DELETE FROM connect_links l WHERE expires_at < now() - interval '1 hour'
      AND NOT EXISTS (SELECT 1 FROM pending_connects p WHERE p.id = l.id)`,
  });
}

function toLink(row: LinkRow): ConnectLink {
  const { pending } = row;
  return {
    id: row.id,
    userId: row.user_id,
    provider: row.provider,
    scopes: row.scopes,
    returnTo: row.return_to,
    platform: row.platform,
    externalId: row.external_id,
    login: row.login,
    sessionId: row.session_id,
    offerIds: row.offer_ids,
    refusedOfferIds: row.refused_offer_ids,
    fresh: row.fresh,
    outcome: row.outcome,
    pending: pending && {
      state: pending.state,
      identityId: pending.identity_id,
      login: pending.login,
      displayName: pending.display_name,
      scopes: pending.scopes,
    },
  };
}
