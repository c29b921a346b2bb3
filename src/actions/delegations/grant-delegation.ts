import { Problem } from "../../errors.ts";
import { writeAudit } from "../../store/audit.ts";
import type { Bot } from "../../store/bots.ts";
import type { Database } from "../../store/database.ts";
import { createDelegation, capabilities as knownCapabilities } from "../../store/delegations.ts";
import { holdActiveUser } from "../../store/users.ts";
import { hasControlCharacter } from "../commits/names.ts";

export interface DelegationRequest {
  userId: string;
  bot: Bot;
  provider: string;
  repositories: string[];
  branches: string[];
  capabilities: string[];
  endsAt: Date | null;
  grantedBy: "user" | "operator";
}

/** Which field of a delegation a refusal is about, so that a form can show it there. */
export class DelegationFault extends Problem {
  readonly field: "bot" | "repositories" | "capability" | "branches" | "until";
  constructor(field: DelegationFault["field"], detail: string) {
    super("bad_request", detail);
    this.field = field;
  }
}

const mostPatterns = 100;

/**
 * Lets a bot act for a user, within repositories, branches, capabilities and time. Everything else stays denied.
 * @throws DelegationFault naming the field; Problem `user_not_found` for one who was deactivated meanwhile
 */
export async function grantDelegation(deps: { database: Database }, request: DelegationRequest): Promise<string> {
  const { bot, provider, userId, endsAt, grantedBy } = request;
  if (bot.kind !== "bot") throw new DelegationFault("bot", `"${bot.name}" is a platform key, which never acts.`);
  const repositories = distinct(request.repositories.map((pattern) => pattern.toLowerCase()));
  if (repositories.length === 0) throw new DelegationFault("repositories", "Name at least one repository.");
  const badRepository = repositories.find((pattern) => !isRepositoryPattern(pattern));
  if (badRepository !== undefined) {
    throw new DelegationFault("repositories", `"${badRepository}" is not owner/name, owner/* or *.`);
  }
  const branches = distinct(request.branches.length > 0 ? request.branches : ["*"]);
  const badBranch = branches.find((pattern) => !isBranchPattern(pattern));
  if (badBranch !== undefined) {
    throw new DelegationFault("branches", `"${badBranch}" is not a branch name, nor a pattern of one with *.`);
  }
  if (repositories.length > mostPatterns || branches.length > mostPatterns) {
    const field = repositories.length > mostPatterns ? "repositories" : "branches";
    throw new DelegationFault(field, `At most ${mostPatterns} entries fit into one permission: make another.`);
  }
  const capabilities = distinct(request.capabilities);
  if (capabilities.length === 0) throw new DelegationFault("capability", "Choose what the bot may do.");
  const unknown = capabilities.find((name) => !knownCapabilities.some((known) => known === name));
  if (unknown !== undefined) {
    throw new DelegationFault("capability", `"${unknown}" is no capability: use ${knownCapabilities.join(", ")}.`);
  }
  if (endsAt && endsAt.getTime() <= Date.now()) throw new DelegationFault("until", "The end lies in the past.");

  return deps.database.transaction(async (transaction) => {
    if (!(await holdActiveUser(transaction, userId))) {
      throw new Problem("user_not_found", "There is no active user of that reference.");
    }
    const id = await createDelegation(transaction, {
      userId,
      botId: bot.id,
      provider,
      repositories,
      branches,
      capabilities,
      endsAt,
      grantedBy,
    });
    await writeAudit(transaction, {
      action: "delegation.grant",
      actor: grantedBy,
      userId,
      botId: bot.id,
      provider,
      detail: { delegation: id, repositories, branches, capabilities, until: endsAt?.toISOString() ?? null },
    });
    return id;
  });
}

function isRepositoryPattern(pattern: string): boolean {
  return pattern === "*" || /^[a-z0-9][a-z0-9_-]{0,99}\/(\*|(?!\.{1,2}$)[a-z0-9._-]{1,100})$/.test(pattern);
}

/** Whether a text is a branch name, or a pattern of one with `*`. */
export function isBranchPattern(pattern: string): boolean {
  const whole = pattern.length <= 244 && pattern.isWellFormed() && !hasControlCharacter(pattern);
  return whole && /^[^\s~^:?[\\]+$/.test(pattern);
}

function distinct(values: string[]): string[] {
  return [...new Set(values.map((value) => value.trim()).filter(Boolean))];
}
