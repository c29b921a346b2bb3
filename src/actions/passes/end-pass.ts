import { Problem } from "../../errors.ts";
import { writeAudit } from "../../store/audit.ts";
import type { Credential } from "../../store/credential.ts";
import type { Database } from "../../store/database.ts";
import { endPass as endStored } from "../../store/passes.ts";
import { requireBot } from "../bots/require-bot.ts";

/**
 * Ends a pass of the bot's own, at once on every replica. Ending it twice is no fault.
 * @throws Problem `key_invalid`, `key_kind`, `not_found` for one that this bot never had
 */
export async function endPass(
  deps: { database: Database },
  caller: { credential: Credential; requestId: string },
  id: string,
): Promise<void> {
  const bot = await requireBot(deps, caller.credential);
  await deps.database.transaction(async (transaction) => {
    const ended = await endStored(transaction, { id, botId: bot.id });
    if (ended.state === "unknown") throw new Problem("not_found", "This bot has no pass of that id.");
    if (ended.state !== "ended") return;
    const { userId, provider } = ended;
    const { requestId } = caller;
    await writeAudit(transaction, {
      action: "pass.end",
      actor: "bot",
      botId: bot.id,
      userId,
      provider,
      passId: id,
      requestId,
    });
  });
}
