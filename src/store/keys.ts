import { one, type Queryable } from "./database.ts";

/** A bot's key that still lets it in. Of the key itself only a hash is known, which is not among this. */
export interface LiveKey {
  id: string;
  botId: string;
  createdAt: Date;
  /** Null: until somebody ends it. */
  endsAt: Date | null;
  /** To the minute; null: never, or before this was noted. */
  lastUsedAt: Date | null;
}

interface KeyRow {
  id: string;
  bot_id: string;
  created_at: Date;
  ends_at: Date | null;
  last_used_at: Date | null;
}

/** The condition of a key that lets its bot in. */
export function keyInForce(alias: string): string {
  return `${alias}.revoked_at IS NULL AND (${alias}.ends_at IS NULL OR ${alias}.ends_at > now())`;
}

/** The keys in force of some bots, the newest first. */
export async function listKeys(database: Queryable, botIds: readonly string[]): Promise<LiveKey[]> {
  const { rows } = await database.query<KeyRow>({
    text: `SELECT k.id, k.bot_id, k.created_at, k.ends_at, k.last_used_at FROM keys k
      WHERE k.bot_id = ANY ($1::uuid[]) AND ${keyInForce("k")} ORDER BY k.created_at DESC, k.id`,
    values: [botIds],
  });
  return rows.map((row) => ({
    id: row.id,
    botId: row.bot_id,
    createdAt: row.created_at,
    endsAt: row.ends_at,
    lastUsedAt: row.last_used_at,
  }));
}

/** Gives a bot one more key, of which only the SHA-256 is stored. */
export async function addKey(transaction: Queryable, key: { botId: string; hash: Buffer }): Promise<string> {
  const { id } = one(
    await transaction.query<{ id: string }>({
      text: "INSERT INTO keys (bot_id, key_hash) VALUES ($1, $2) RETURNING id",
      values: [key.botId, key.hash],
    }),
  );
  return id;
}

/**
 * Sets when keys end. One that ends earlier stays as it is.
 * @param endsAt null: at once
 */
export async function endKeysAt(transaction: Queryable, ids: readonly string[], endsAt: Date | null): Promise<void> {
  await transaction.query({
    text: `UPDATE keys k SET ends_at = least(k.ends_at, $2), revoked_at = CASE WHEN $2::timestamptz IS NULL THEN now() END
      WHERE k.id = ANY ($1::uuid[]) AND ${keyInForce("k")}`,
    values: [ids, endsAt],
  });
}

/** Notes that a key let somebody in. */
export async function touchKey(database: Queryable, hash: Buffer): Promise<void> {
  await database.query({
    name: "touch-key",
    text: `UPDATE keys k SET last_used_at = now() WHERE k.key_hash = $1 AND ${keyInForce("k")}
      AND (k.last_used_at IS NULL OR k.last_used_at < now() - interval '30 seconds')`,
    values: [hash],
  });
}
