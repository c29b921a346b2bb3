import { Problem } from "../../errors.ts";
import { type Bot, findBotOfKey } from "../../store/bots.ts";
import type { Credential } from "../../store/credential.ts";
import type { Database } from "../../store/database.ts";

/**
 * The bot whose long-lived key the caller has.
 * @throws Problem `key_invalid`, `key_kind` for a pass or a platform key
 */
export async function requireBot(deps: { database: Database }, credential: Credential): Promise<Bot> {
  if (credential.kind === "pass") throw new Problem("key_kind", "A pass can't do this: use the bot's key.");
  const bot = await findBotOfKey(deps.database, credential.hash);
  if (!bot) {
    throw new Problem("key_invalid", "The key is unknown or was revoked. An operator makes one with `bots create`.");
  }
  if (bot.kind !== "bot") throw new Problem("key_kind", "This is a platform key: use a key of kind bot.");
  return bot;
}
