import { Problem } from "../../errors.ts";
import { writeAudit } from "../../store/audit.ts";
import type { Scope } from "../../store/authority.ts";
import type { Bot } from "../../store/bots.ts";
import { holdBot } from "../../store/ceilings.ts";
import type { Database, Queryable } from "../../store/database.ts";
import { countDelegations, createDelegation } from "../../store/delegations.ts";
import { removeRefusal } from "../../store/refusals.ts";
import { lockUser } from "../../store/users.ts";
import { DelegationFault } from "./delegation-fault.ts";
import { readScopeAt } from "./read-scope.ts";
import { requireWithin } from "./require-within.ts";

export interface DelegationRequest {
  userId: string;
  bot: Pick<Bot, "id" | "name" | "kind">;
  provider: string;
  repositories: string[];
  branches: string[];
  capabilities: string[];
  endsAt: Date | null;
  grantedBy: "user" | "operator";
}

/** All of them are read for each request of the bot's as that person. */
export const mostDelegations = 50;

/**
 * Lets a bot act for a user, within repositories, branches, capabilities and time, and within the bot's ceiling.
 * Everything else stays denied.
 * @throws DelegationFault naming the field; Problem `user_not_found` for one who was deactivated meanwhile
 */
export async function grantDelegation(deps: { database: Database }, request: DelegationRequest): Promise<string> {
  const { bot, endsAt } = request;
  if (bot.kind !== "bot") throw new DelegationFault("bot", `"${bot.name}" is a platform key, which never acts.`);
  const scope = readScopeAt(request.provider, request);
  requireFuture(endsAt);
  return deps.database.transaction((transaction) => grantWithin(transaction, request, scope));
}

/** @throws DelegationFault `until` for an end that is over */
export function requireFuture(endsAt: Date | null): void {
  if (endsAt && endsAt.getTime() <= Date.now()) throw new DelegationFault("until", "The end lies in the past.");
}

/**
 * The same within a transaction, of a scope that was read.
 * @throws DelegationFault, Problem as {@link grantDelegation} does
 */
export async function grantWithin(
  transaction: Queryable,
  request: Pick<DelegationRequest, "userId" | "provider" | "endsAt" | "grantedBy"> & { bot: Pick<Bot, "id" | "name"> },
  scope: Scope,
): Promise<string> {
  const { bot, provider, userId, endsAt, grantedBy } = request;
  // One grant of a person at a time, so that they can be counted.
  if ((await lockUser(transaction, userId))?.status !== "active") {
    throw new Problem("user_not_found", "There is no active user of that reference.");
  }
  const held = await holdBot(transaction, bot.id);
  if (!held) throw new DelegationFault("bot", `"${bot.name}" was revoked.`);
  requireWithin(held, scope);
  if ((await countDelegations(transaction, { userId, botId: bot.id })) >= mostDelegations) {
    throw new DelegationFault(
      "bot",
      `"${bot.name}" has ${mostDelegations} permissions of this person, the most there can be: end some first. One permission can name many repositories and branches.`,
    );
  }
  const id = await createDelegation(transaction, { ...scope, userId, botId: bot.id, provider, endsAt, grantedBy });
  if (grantedBy === "user") await removeRefusal(transaction, { userId, botId: bot.id, provider });
  await writeAudit(transaction, {
    action: "delegation.grant",
    actor: grantedBy,
    userId,
    botId: bot.id,
    provider,
    detail: { delegation: id, ...scope, until: endsAt?.toISOString() ?? null },
  });
  return id;
}
