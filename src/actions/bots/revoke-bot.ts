import { Problem } from "../../errors.ts";
import { type DecidedBy, writeAudit } from "../../store/audit.ts";
import { type Bot, revokeBot as revokeStored } from "../../store/bots.ts";
import type { Database } from "../../store/database.ts";

/**
 * Revokes a bot with its keys and delegations.
 * @throws Problem `not_found`
 */
export async function revokeBot(
  deps: { database: Database },
  name: string,
  by: DecidedBy = { actor: "operator" },
): Promise<Bot> {
  return deps.database.transaction(async (transaction) => {
    const bot = await revokeStored(transaction, name);
    if (!bot) throw new Problem("not_found", `There is no live bot named "${name}": see \`bots list\`.`);
    await writeAudit(transaction, { ...by, action: "bot.revoke", botId: bot.id });
    return bot;
  });
}
