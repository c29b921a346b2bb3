import { Problem } from "../../errors.ts";
import { type DecidedBy, writeAudit } from "../../store/audit.ts";
import { holdAnyBot } from "../../store/bots.ts";
import type { Database } from "../../store/database.ts";
import { endKeysAt, listKeys } from "../../store/keys.ts";

/**
 * Ends one of a bot's keys, with the passes that were made with it: every replica refuses it from the next request on.
 * @throws Problem `not_found`
 */
export async function endKey(
  deps: { database: Database },
  key: { id: string; botId: string; by: DecidedBy },
): Promise<void> {
  const { id, botId, by } = key;
  await deps.database.transaction(async (transaction) => {
    await holdAnyBot(transaction, botId);
    const live = await listKeys(transaction, [botId]);
    if (!live.some((each) => each.id === id)) throw new Problem("not_found", "The bot has no key in force of that id.");
    await endKeysAt(transaction, [id], null);
    await writeAudit(transaction, { ...by, action: "bot.key_end", botId, detail: { key: id } });
  });
}
