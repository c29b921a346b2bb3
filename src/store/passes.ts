import { one, type Queryable } from "./database.ts";

/** A short-lived key for one bot as one person on named repositories. */
export interface NewPass {
  passHash: Buffer;
  botId: string;
  /** The key that asked for it: revoking that key ends it. */
  keyHash: Buffer;
  userId: string;
  provider: string;
  /** The delegations that it comes from. */
  delegationIds: string[];
  /** Exact names in lower case, each with GitHub's number. */
  repositories: { name: string; id: number }[];
  branches: string[];
  /** Null: every path. */
  paths: string[] | null;
  capabilities: string[];
  requestedBy: string | null;
  runUrl: string | null;
  /** Seconds; the earliest end of its delegations comes first. */
  expiresIn: number;
}

/** Stores a pass, of which only the SHA-256 is kept. It ends with the first of its delegations, if not before. */
export async function createPass(database: Queryable, pass: NewPass): Promise<{ id: string; expiresAt: Date }> {
  const row = one(
    await database.query<{ id: string; expires_at: Date }>({
      text: `INSERT INTO passes (pass_hash, bot_id, made_with, user_id, provider, delegation_ids, repositories,
          repository_ids, branches, paths, capabilities, requested_by, run_url, expires_at)
        SELECT $1, $2, k.id, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, least(now() + $14::float8 * interval '1 s',
          (SELECT min(d.ends_at) FROM delegations d WHERE d.id = ANY ($6)))
        FROM keys k WHERE k.key_hash = $3 RETURNING id, expires_at`,
      values: [
        pass.passHash,
        pass.botId,
        pass.keyHash,
        pass.userId,
        pass.provider,
        pass.delegationIds,
        pass.repositories.map(({ name }) => name),
        pass.repositories.map(({ id }) => id),
        pass.branches,
        pass.paths,
        pass.capabilities,
        pass.requestedBy,
        pass.runUrl,
        pass.expiresIn,
      ],
    }),
  );
  return { id: row.id, expiresAt: row.expires_at };
}

/**
 * Ends a pass of a bot's: every request that starts after this is refused.
 * @returns `unknown` when that bot never had one of this id
 */
export async function endPass(
  database: Queryable,
  pass: { id: string; botId: string },
): Promise<{ state: "ended"; userId: string; provider: string } | { state: "ended before" | "unknown" }> {
  const { rows } = await database.query<{ user_id: string; provider: string }>({
    text: `UPDATE passes SET ended_at = now() WHERE id = $1 AND bot_id = $2 AND ended_at IS NULL
      RETURNING user_id, provider`,
    values: [pass.id, pass.botId],
  });
  if (rows[0]) return { state: "ended", userId: rows[0].user_id, provider: rows[0].provider };
  const known = await database.query({
    text: "SELECT 1 FROM passes WHERE id = $1 AND bot_id = $2",
    values: [pass.id, pass.botId],
  });
  return { state: known.rows.length > 0 ? "ended before" : "unknown" };
}

/** Ends all passes for a user. */
export async function endPassesOf(transaction: Queryable, userId: string): Promise<void> {
  await transaction.query({
    text: "UPDATE passes SET ended_at = now() WHERE user_id = $1 AND ended_at IS NULL",
    values: [userId],
  });
}

/** Removes passes that have been over for a week; until then their refusals can say so. */
export async function removeOldPasses(database: Queryable): Promise<void> {
  await database.query({
    text: `DELETE FROM passes p WHERE expires_at < now() - interval '7 days'
      AND NOT EXISTS (SELECT 1 FROM scoped_tokens s WHERE s.pass_id = p.id)`,
    values: [],
  });
}
