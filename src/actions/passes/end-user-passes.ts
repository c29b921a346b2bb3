import { Problem } from "../../errors.ts";
import { endScopedTokens } from "../../store/accounts/scoped-tokens.ts";
import { writeAudits } from "../../store/audit.ts";
import { endUserPasses as endStored, isPassOf } from "../../store/user-passes.ts";
import { tryEndPendingRevocation } from "../accounts/end-pending-revocation.ts";
import { inBackground, type TokenDeps } from "../accounts/refreshing.ts";

/**
 * Ends passes for a person, who wants it so: at once on every replica, with the tokens that were made for them.
 * @param of.id one of them, also twice; without it all
 * @throws Problem `not_found` for one that was never theirs
 */
export async function endUserPasses(deps: TokenDeps, of: { userId: string; id?: string }): Promise<void> {
  const { userId, id } = of;
  const queued = await deps.database.transaction(async (transaction) => {
    const ended = await endStored(transaction, of);
    if (ended.length === 0 && id !== undefined && !(await isPassOf(transaction, { id, userId }))) {
      throw new Problem("not_found", "There is no pass of that id that acts as you.");
    }
    if (ended.length === 0) return [];
    await writeAudits(
      transaction,
      ended.map(({ id: passId, botId, provider }) => [
        { action: "pass.end", actor: "user", userId, botId, provider, passId },
        { result: "succeeded" },
      ]),
    );
    return endScopedTokens(deps, transaction, id === undefined ? { userId } : { passId: id });
  });
  for (const revocation of queued) inBackground(deps, tryEndPendingRevocation(deps, revocation));
}
