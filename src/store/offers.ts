import type { Scope } from "./authority.ts";
import { one, type Queryable } from "./database.ts";

/** What an admin lets every person who connects have a bot do. It never changes: another one takes its place. */
export interface Offer extends Scope {
  id: string;
  botId: string;
  botName: string;
  provider: string;
  offeredAt: Date;
}

interface OfferRow extends Scope {
  id: string;
  bot_id: string;
  bot_name: string;
  provider: string;
  offered_at: Date;
}

const columns =
  "o.id, o.bot_id, b.name AS bot_name, o.provider, o.repositories, o.branches, o.capabilities, o.offered_at";
const liveOffers = `FROM offers o JOIN bots b ON b.id = o.bot_id AND b.revoked_at IS NULL AND b.kind = 'bot'
  WHERE o.withdrawn_at IS NULL`;

/** Makes an offer. The one before must have been withdrawn. */
export async function createOffer(
  transaction: Queryable,
  offer: Scope & { botId: string; provider: string },
): Promise<string> {
  const { botId, provider, repositories, branches, capabilities } = offer;
  const row = one(
    await transaction.query<{ id: string }>({
      text: `INSERT INTO offers (bot_id, provider, repositories, branches, capabilities)
        VALUES ($1, $2, $3, $4, $5) RETURNING id`,
      values: [botId, provider, repositories, branches, capabilities],
    }),
  );
  return row.id;
}

/**
 * Takes an offer back: it is not made any more. What people accepted stays theirs.
 * @returns the offer's id; null: there was none
 */
export async function withdrawOffer(
  transaction: Queryable,
  offer: { botId: string; provider: string },
): Promise<string | null> {
  const { rows } = await transaction.query<{ id: string }>({
    text: `UPDATE offers SET withdrawn_at = now() WHERE provider = $2 AND bot_id = $1 AND withdrawn_at IS NULL
      RETURNING id`,
    values: [offer.botId, offer.provider],
  });
  return rows[0]?.id ?? null;
}

/** The offers that are made, by the bot's name and the provider's. */
export async function listOffers(database: Queryable): Promise<Offer[]> {
  const { rows } = await database.query<OfferRow>({
    text: `SELECT ${columns} ${liveOffers} ORDER BY b.name, o.provider`,
  });
  return rows.map(toOffer);
}

/**
 * The offers that a person has not decided about, by the bot's name: they have refused no bot of these, and have and
 * had no permission for it.
 * @param person.among only these; within a transaction they then stay as they are until its end
 */
export async function listOpenOffers(
  database: Queryable,
  person: { userId: string; provider: string; among?: readonly string[] },
): Promise<Offer[]> {
  const { rows } = await database.query<OfferRow>({
    text: `SELECT ${columns} ${liveOffers} AND o.provider = $2
        AND NOT EXISTS (SELECT 1 FROM delegations d
          WHERE d.user_id = $1 AND d.bot_id = o.bot_id AND d.provider = o.provider)
        AND NOT EXISTS (SELECT 1 FROM refusals r
          WHERE r.user_id = $1 AND r.bot_id = o.bot_id AND r.provider = o.provider)
        ${person.among ? "AND o.id = ANY ($3)" : ""} ORDER BY b.name ${person.among ? "FOR SHARE OF b, o" : ""}`,
    values: [person.userId, person.provider, ...(person.among ? [person.among] : [])],
  });
  return rows.map(toOffer);
}

/** The bots that were offered so, also where an offer was withdrawn since. */
export async function botsOfOffers(
  database: Queryable,
  offers: { ids: readonly string[]; provider: string },
): Promise<string[]> {
  const { rows } = await database.query<{ bot_id: string }>({
    text: "SELECT DISTINCT bot_id FROM offers WHERE id = ANY ($1) AND provider = $2",
    values: [offers.ids, offers.provider],
  });
  return rows.map(({ bot_id }) => bot_id);
}

function toOffer({ bot_id, bot_name, offered_at, ...row }: OfferRow): Offer {
  return { ...row, botId: bot_id, botName: bot_name, offeredAt: offered_at };
}
