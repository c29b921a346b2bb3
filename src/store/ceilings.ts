import type { Scope } from "./authority.ts";
import type { Queryable } from "./database.ts";

/** A live bot, with the most that anybody can delegate to it; null: no limit. */
export interface LimitedBot {
  id: string;
  name: string;
  ceiling: Scope | null;
}

/**
 * Holds a bot as it is until the end of the transaction: it is not revoked, and its ceiling does not change meanwhile.
 * Lock a user before a bot.
 * @param lock.change true: to change it; else whoever only reads it does not wait
 * @returns null: it is not there, was revoked, or is a platform
 */
export async function holdBot(
  transaction: Queryable,
  botId: string,
  lock: { change: boolean } = { change: false },
): Promise<LimitedBot | null> {
  const { rows } = await transaction.query<LimitedBot>({
    text: `SELECT id, name, ceiling FROM bots WHERE id = $1 AND revoked_at IS NULL AND kind = 'bot'
      FOR ${lock.change ? "NO KEY UPDATE" : "SHARE"}`,
    values: [botId],
  });
  return rows[0] ?? null;
}

/** From now on nobody's delegation to that bot allows more; null: no limit. */
export async function storeCeiling(transaction: Queryable, bot: { id: string; ceiling: Scope | null }): Promise<void> {
  await transaction.query({
    text: "UPDATE bots SET ceiling = $2 WHERE id = $1",
    values: [bot.id, bot.ceiling && JSON.stringify(bot.ceiling)],
  });
}

/** The live bots that act, by name. */
export async function listLimitedBots(database: Queryable): Promise<(LimitedBot & { createdAt: Date })[]> {
  const { rows } = await database.query<LimitedBot & { created_at: Date }>({
    text: "SELECT id, name, ceiling, created_at FROM bots WHERE revoked_at IS NULL AND kind = 'bot' ORDER BY name",
  });
  return rows.map(({ created_at, ...bot }) => ({ ...bot, createdAt: created_at }));
}
