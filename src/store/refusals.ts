import type { Queryable } from "./database.ts";

/** A bot that a person does not want to act as them. */
export interface Refusal {
  botId: string;
  botName: string;
  refusedAt: Date;
}

/** Remembers refusals; those that are known keep their time. */
export async function addRefusals(
  database: Queryable,
  refusal: { userId: string; provider: string; botIds: readonly string[] },
): Promise<void> {
  await database.query({
    text: `INSERT INTO refusals (user_id, bot_id, provider) SELECT $1, bot_id, $2 FROM unnest($3::uuid[]) AS bot_id
      ON CONFLICT DO NOTHING`,
    values: [refusal.userId, refusal.provider, refusal.botIds],
  });
}

/** Forgets a refusal: the person has permitted the bot after all. */
export async function removeRefusal(
  database: Queryable,
  refusal: { userId: string; provider: string; botId: string },
): Promise<void> {
  await database.query({
    text: "DELETE FROM refusals WHERE user_id = $1 AND bot_id = $2 AND provider = $3",
    values: [refusal.userId, refusal.botId, refusal.provider],
  });
}

/** The live bots that a person refused, by name. */
export async function listRefusals(
  database: Queryable,
  person: { userId: string; provider: string },
): Promise<Refusal[]> {
  const { rows } = await database.query<{ bot_id: string; name: string; refused_at: Date }>({
    text: `SELECT r.bot_id, b.name, r.refused_at FROM refusals r JOIN bots b ON b.id = r.bot_id AND b.revoked_at IS NULL
      WHERE r.user_id = $1 AND r.provider = $2 ORDER BY b.name`,
    values: [person.userId, person.provider],
  });
  return rows.map((row) => ({ botId: row.bot_id, botName: row.name, refusedAt: row.refused_at }));
}

/** Forgets all refusals of a user. */
export async function removeRefusalsOf(transaction: Queryable, userId: string): Promise<void> {
  await transaction.query({ text: "DELETE FROM refusals WHERE user_id = $1", values: [userId] });
}
