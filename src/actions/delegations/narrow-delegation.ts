import { Problem } from "../../errors.ts";
import { writeAudit } from "../../store/audit.ts";
import type { Scope } from "../../store/authority.ts";
import type { Database } from "../../store/database.ts";
import { type Delegation, endDelegation, listDelegations } from "../../store/delegations.ts";
import { lockUser } from "../../store/users.ts";
import { DelegationFault } from "./delegation-fault.ts";
import { grantWithin, requireFuture } from "./grant-delegation.ts";
import { readScopeAt } from "./read-scope.ts";
import { firstBeyond } from "./require-within.ts";

/**
 * A delegation in force that a person gave.
 * @throws Problem `not_found` for one that ended, and for somebody else's
 */
export async function requireDelegation(
  deps: { database: Database },
  of: { id: string; userId: string },
): Promise<Delegation> {
  const delegation = (await listDelegations(deps.database, { userId: of.userId })).find(({ id }) => id === of.id);
  if (!delegation) throw gone();
  return delegation;
}

/**
 * Puts a narrower delegation in the place of one, in one step: at no moment are both in force, or none. What was made
 * with the one before, such as its passes and the tokens that GitHub narrowed for them, ends with it.
 * @param wanted.endsAt null: no end, where it had none
 * @returns the id of the narrower one
 * @throws DelegationFault naming the field that goes further than before, or than the bot's ceiling; Problem `not_found`
 */
export async function narrowDelegation(
  deps: { database: Database },
  of: { id: string; userId: string },
  wanted: Scope & { endsAt: Date | null },
): Promise<string> {
  const before = await requireDelegation(deps, of);
  const scope = readScopeAt(before.provider, wanted);
  requireFuture(wanted.endsAt);
  requireNarrower(before, { ...scope, endsAt: wanted.endsAt });
  const { userId, botId, botName, provider } = before;
  return deps.database.transaction(async (transaction) => {
    // Before the delegation: whoever deactivates a user takes them in this order.
    await lockUser(transaction, userId);
    if (!(await endDelegation(transaction, of))) throw gone();
    const ended = { userId, botId, provider, detail: { delegation: of.id } };
    await writeAudit(transaction, { action: "delegation.end", actor: "user", ...ended });
    const bot = { id: botId, name: botName };
    return grantWithin(transaction, { userId, bot, provider, endsAt: wanted.endsAt, grantedBy: "user" }, scope);
  });
}

function requireNarrower(before: Delegation, wanted: Scope & { endsAt: Date | null }): void {
  const beyond = firstBeyond(before, wanted);
  if (beyond) {
    throw new DelegationFault(
      beyond.part,
      `"${beyond.name}" is more than it has now. To permit more, give another permission.`,
    );
  }
  const later = before.endsAt && (!wanted.endsAt || wanted.endsAt > before.endsAt);
  if (later)
    throw new DelegationFault("until", "This is later than it ends now. To permit more, give another permission.");
}

function gone(): Problem {
  return new Problem("not_found", "You have given no permission of that id, or it has ended.");
}
