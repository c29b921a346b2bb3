import { usualApp } from "../actions/delegations/named-app.ts";
import { isBranchPattern, isCapability, isRepositoryPattern } from "../actions/delegations/read-scope.ts";
import { endOfDay } from "./end-of-day.ts";

/** What an address asks a person to permit. Whoever made the address wrote it. */
export interface PermissionRequest {
  /** As the address has it: there may be no such bot. */
  botName: string;
  /** With the account of which of GitHub's Apps. */
  provider: string;
  repositories: string[];
  branches: string[];
  capabilities: string[];
  /** `YYYY-MM-DD`; empty: no end. */
  until: string;
  /** Something was left out, since there is no such thing. */
  leftOut: boolean;
}

/** More of a kind than a person would read are left out. */
const mostNamed = 20;
/** More than an address can hold. */
export const longestRequest = 16_000;

/**
 * Reads a request as `delegation_required` hands it out. What can't be permitted is left out and not repeated: it would
 * be a stranger's text on a page of ours.
 * @param query as it stands in the address
 * @param providers those that can be asked for; the first is meant where the address names none
 * @returns null where nothing is asked for
 */
export function readPermissionRequest(
  query: string,
  providers: readonly [string, ...string[]] = [usualApp],
): PermissionRequest | null {
  const given = new URLSearchParams(query);
  const [botName, ...others] = given.getAll("bot");
  if (!botName || others.length > 0) return null;
  const asked = {
    repositories: given.getAll("repository").map((pattern) => pattern.trim().toLowerCase()),
    branches: given.getAll("branch").map((pattern) => pattern.trim()),
    capabilities: given.getAll("capability"),
    until: given.getAll("until"),
    provider: given.getAll("provider"),
  };
  if (Object.values(asked).every((values) => values.length === 0)) return null;
  const repositories = sound(asked.repositories, isRepositoryPattern);
  const branches = sound(asked.branches, isBranchPattern);
  const capabilities = sound(asked.capabilities, isCapability);
  const until = sound(asked.until, isComingDay).slice(0, 1);
  const provider = sound(asked.provider, (id) => providers.includes(id)).slice(0, 1);
  const kept = [repositories, branches, capabilities, until, provider].map(({ length }) => length);
  const leftOut = Object.values(asked).some((values, index) => new Set(values).size !== kept[index]);
  const what = { repositories, branches, capabilities };
  return { botName, provider: provider[0] ?? providers[0], ...what, until: until[0] ?? "", leftOut };
}

/** The same as a query, without what was left out. */
export function permissionQuery(request: PermissionRequest): string {
  const query = new URLSearchParams({ bot: request.botName });
  if (request.provider !== usualApp) query.append("provider", request.provider);
  for (const name of request.capabilities) query.append("capability", name);
  for (const pattern of request.repositories) query.append("repository", pattern);
  for (const pattern of request.branches) query.append("branch", pattern);
  if (request.until) query.append("until", request.until);
  return query.toString();
}

function sound(values: string[], isSound: (value: string) => boolean): string[] {
  return [...new Set(values.filter(isSound))].slice(0, mostNamed);
}

function isComingDay(day: string): boolean {
  const end = endOfDay(day);
  return end !== null && end.getTime() > Date.now();
}
