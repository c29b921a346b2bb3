import { Problem } from "../errors.ts";
import { one, type Queryable, violates } from "./database.ts";
import { addKey, keyInForce } from "./keys.ts";

export type BotKind = "bot" | "platform";

export interface Bot {
  id: string;
  name: string;
  kind: BotKind;
  createdAt: Date;
  revokedAt: Date | null;
}

interface BotRow {
  id: string;
  name: string;
  kind: BotKind;
  created_at: Date;
  revoked_at: Date | null;
}

/**
 * Creates a bot with its first key, of which only the SHA-256 is stored.
 * @throws Problem `bad_request` when a live bot has that name
 */
export async function createBot(
  transaction: Queryable,
  bot: { name: string; kind: BotKind; keyHash: Buffer },
): Promise<Bot> {
  try {
    const created = toBot(
      one(
        await transaction.query<BotRow>({
          text: "INSERT INTO bots (name, kind) VALUES ($1, $2) RETURNING id, name, kind, created_at, revoked_at",
          values: [bot.name, bot.kind],
        }),
      ),
    );
    await addKey(transaction, { botId: created.id, hash: bot.keyHash });
    return created;
  } catch (error) {
    if (!violates(error, "bots_live_name")) throw error;
    throw new Problem("bad_request", `A bot named "${bot.name}" exists: choose another name, or revoke that one.`, {
      cause: error,
    });
  }
}

/** All bots, the newest first; `live` leaves the revoked ones out. */
export async function listBots(database: Queryable, options: { live: boolean; kind?: BotKind }): Promise<Bot[]> {
  const { rows } = await database.query<BotRow>({
    text: `SELECT id, name, kind, created_at, revoked_at FROM bots
      WHERE (NOT $1 OR revoked_at IS NULL) AND ($2::text IS NULL OR kind = $2) ORDER BY created_at DESC, id`,
    values: [options.live, options.kind ?? null],
  });
  return rows.map(toBot);
}

/** Finds a live bot by its name. */
export async function findBot(database: Queryable, name: string): Promise<Bot | null> {
  const { rows } = await database.query<BotRow>({
    text: "SELECT id, name, kind, created_at, revoked_at FROM bots WHERE name = $1 AND revoked_at IS NULL",
    values: [name],
  });
  return rows[0] ? toBot(rows[0]) : null;
}

/** The live bot that has a live key of this hash. */
export async function findBotOfKey(database: Queryable, keyHash: Buffer): Promise<Bot | null> {
  const { rows } = await database.query<BotRow>({
    name: "bot-of-key",
    text: `SELECT b.id, b.name, b.kind, b.created_at, b.revoked_at FROM keys k JOIN bots b ON b.id = k.bot_id
      WHERE k.key_hash = $1 AND ${keyInForce("k")} AND b.revoked_at IS NULL`,
    values: [keyHash],
  });
  return rows[0] ? toBot(rows[0]) : null;
}

/** Locks a live bot or platform for the rest of the transaction: its keys are changed one after the other. */
export async function holdAnyBot(transaction: Queryable, id: string): Promise<Bot | null> {
  const { rows } = await transaction.query<BotRow>({
    text: `SELECT id, name, kind, created_at, revoked_at FROM bots WHERE id = $1 AND revoked_at IS NULL
      FOR NO KEY UPDATE`,
    values: [id],
  });
  return rows[0] ? toBot(rows[0]) : null;
}

/** Revokes a bot with its keys and delegations: every replica refuses it from the next request on. */
export async function revokeBot(transaction: Queryable, name: string): Promise<Bot | null> {
  const { rows } = await transaction.query<BotRow>({
    text: `UPDATE bots SET revoked_at = now() WHERE name = $1 AND revoked_at IS NULL
      RETURNING id, name, kind, created_at, revoked_at`,
    values: [name],
  });
  const row = rows[0];
  if (!row) return null;
  await transaction.query({
    text: "UPDATE keys SET revoked_at = now() WHERE bot_id = $1 AND revoked_at IS NULL",
    values: [row.id],
  });
  await transaction.query({
    text: `UPDATE delegations SET ended_at = now(), end_reason = 'bot_revoked'
      WHERE bot_id = $1 AND ended_at IS NULL`,
    values: [row.id],
  });
  return toBot(row);
}

/** Finds a bot by its id, or by its name: the live one, else the one that was revoked last. */
export async function findBotEver(database: Queryable, bot: { id: string } | { name: string }): Promise<Bot | null> {
  const { rows } = await database.query<BotRow>({
    text: `SELECT id, name, kind, created_at, revoked_at FROM bots WHERE ${"id" in bot ? "id" : "name"} = $1
      ORDER BY revoked_at DESC NULLS FIRST LIMIT 1`,
    values: ["id" in bot ? bot.id : bot.name],
  });
  return rows[0] ? toBot(rows[0]) : null;
}

function toBot(row: BotRow): Bot {
  return { id: row.id, name: row.name, kind: row.kind, createdAt: row.created_at, revokedAt: row.revoked_at };
}
