import { Problem } from "../../errors.ts";
import { type DecidedBy, writeAudit } from "../../store/audit.ts";
import { type Bot, type BotKind, createBot as storeBot } from "../../store/bots.ts";
import type { Database } from "../../store/database.ts";
import { hashSecret, newBotKey } from "../sign-in/secrets.ts";

/**
 * Creates a bot.
 * @returns its key, which is shown this once: only its SHA-256 is stored
 * @throws Problem `bad_request` for a name that is taken or can't be one
 */
export async function createBot(
  deps: { database: Database },
  request: { name: string; kind: BotKind; by?: DecidedBy },
): Promise<{ bot: Bot; key: string }> {
  const { name, kind, by = { actor: "operator" } } = request;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)) {
    throw new Problem(
      "bad_request",
      "A bot's name has 1 to 63 of A-Z a-z 0-9 . _ - and starts with a letter or digit.",
    );
  }
  const key = newBotKey();
  const bot = await deps.database.transaction(async (transaction) => {
    const created = await storeBot(transaction, { name, kind, keyHash: hashSecret(key) });
    await writeAudit(transaction, {
      ...by,
      action: "bot.create",
      botId: created.id,
      detail: { name: created.name, kind: created.kind },
    });
    return created;
  });
  return { bot, key };
}
