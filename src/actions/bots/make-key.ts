import { Problem } from "../../errors.ts";
import { type DecidedBy, writeAudit } from "../../store/audit.ts";
import { holdAnyBot } from "../../store/bots.ts";
import type { Database } from "../../store/database.ts";
import { addKey, endKeysAt, listKeys } from "../../store/keys.ts";
import { hashSecret, newBotKey } from "../sign-in/secrets.ts";

/** Two: the old one and the new one. A third would be one that nobody knows the use of any more. */
export const mostKeys = 2;

/**
 * Makes a bot's next key. Both let it in until the one from before ends, so that the bot's program can change over.
 * @param request.oldEndsAt when the keys from before end; `at-once`; null: when somebody ends them
 * @returns the key, which is shown this once: only its SHA-256 is stored
 * @throws Problem `not_found`, `bad_request` while two keys are in force and go on, or for a time that is over
 */
export async function makeKey(
  deps: { database: Database },
  request: { botId: string; oldEndsAt: Date | "at-once" | null; by: DecidedBy },
): Promise<{ name: string; key: string }> {
  const { botId, oldEndsAt, by } = request;
  if (oldEndsAt instanceof Date && oldEndsAt.getTime() <= Date.now()) {
    throw new Problem("bad_request", "That time is over: name one that is to come, or end the old key at once.");
  }
  const key = newBotKey();
  return deps.database.transaction(async (transaction) => {
    const bot = await holdAnyBot(transaction, botId);
    if (!bot) throw new Problem("not_found", "There is no live bot of that id.");
    const old = (await listKeys(transaction, [botId])).map(({ id }) => id);
    if (old.length >= mostKeys && oldEndsAt !== "at-once") {
      throw new Problem(
        "bad_request",
        `The bot has ${old.length} keys in force. End the one that is not used any more, or have both end at once.`,
      );
    }
    if (oldEndsAt !== null) await endKeysAt(transaction, old, oldEndsAt === "at-once" ? null : oldEndsAt);
    const made = await addKey(transaction, { botId, hash: hashSecret(key) });
    const ends = oldEndsAt instanceof Date ? oldEndsAt.toISOString() : oldEndsAt;
    await writeAudit(transaction, {
      ...by,
      action: "bot.key_create",
      botId,
      detail: { key: made, old_keys: old, old_end: ends },
    });
    return { name: bot.name, key };
  });
}
