import type { Scope } from "./authority.ts";
import type { Queryable } from "./database.ts";
import { inForce } from "./delegations.ts";

/** What a person at a provider has let bots do. */
export interface Commenter {
  userId: string;
  /** They are active, and an account of theirs can be used. */
  connected: boolean;
  /** Those in force, by the bot's name, each with the most that anybody can delegate to that bot. */
  delegations: (Scope & { botName: string; endsAt: Date | null; ceiling: Scope | null })[];
}

interface CommenterRow extends Scope {
  user_id: string;
  connected: boolean;
  bot_name: string | null;
  ends_at: Date | null;
  ceiling: Scope | null;
}

/** Finds a person by the provider's number; null: onbehalf does not know them. */
export async function readCommenter(
  database: Queryable,
  identity: { provider: string; providerUid: string },
): Promise<Commenter | null> {
  const { rows } = await database.query<CommenterRow>({
    text: `SELECT u.id AS user_id, u.status = 'active' AND coalesce(a.state IN ('active', 'limited'), false) AS connected,
        d.bot_name, d.repositories, d.branches, d.capabilities, d.ends_at, d.ceiling
      FROM identities i
      JOIN users u ON u.id = i.user_id
      LEFT JOIN user_external_accounts a ON a.user_id = u.id AND a.provider = i.provider AND a.identity_id = i.id
      LEFT JOIN LATERAL (SELECT d.*, b.name AS bot_name, b.ceiling
        FROM delegations d JOIN bots b ON b.id = d.bot_id AND b.revoked_at IS NULL
        WHERE d.user_id = u.id AND d.provider = i.provider AND ${inForce}) AS d ON true
      WHERE i.provider = $1 AND i.provider_uid = $2 ORDER BY d.bot_name, d.created_at`,
    values: [identity.provider, identity.providerUid],
  });
  const [first] = rows;
  if (!first) return null;
  const delegations = rows.flatMap(({ bot_name, repositories, branches, capabilities, ends_at, ceiling }) =>
    bot_name === null ? [] : [{ botName: bot_name, repositories, branches, capabilities, endsAt: ends_at, ceiling }],
  );
  return { userId: first.user_id, connected: first.connected, delegations };
}
