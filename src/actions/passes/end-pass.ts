import { Problem } from "../../errors.ts";
import { endScopedTokens } from "../../store/accounts/scoped-tokens.ts";
import { writeAudit } from "../../store/audit.ts";
import type { Credential } from "../../store/credential.ts";
import { endPass as endStored } from "../../store/passes.ts";
import { tryEndPendingRevocation } from "../accounts/end-pending-revocation.ts";
import { inBackground, type TokenDeps } from "../accounts/refreshing.ts";
import { requireBot } from "../bots/require-bot.ts";

/**
 * Ends a pass of the bot's own, at once on every replica. Ending it twice is no fault.
 * @throws Problem `key_invalid`, `key_kind`, `not_found` for one that this bot never had
 */
export async function endPass(
  deps: TokenDeps,
  caller: { credential: Credential; requestId: string },
  id: string,
): Promise<void> {
  const bot = await requireBot(deps, caller.credential);
  const queued = await deps.database.transaction(async (transaction) => {
    const ended = await endStored(transaction, { id, botId: bot.id });
    if (ended.state === "unknown") throw new Problem("not_found", "This bot has no pass of that id.");
    if (ended.state !== "ended") return [];
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
    return endScopedTokens(deps, transaction, { passId: id });
  });
  for (const revocation of queued) inBackground(deps, tryEndPendingRevocation(deps, revocation));
}
