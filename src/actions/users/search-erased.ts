import {
  claimErasure,
  type ErasedNames,
  type Erasure,
  releaseErasure,
  settleErasure,
} from "../../store/erasure/erasures.ts";
import { type NamedPlace, type NamedRow, namedPlaces, rewriteNextRows } from "../../store/erasure/named-places.ts";
import type { TokenDeps } from "../accounts/refreshing.ts";
import { createForget, forgetIn } from "./forget-names.ts";

export type SearchDeps = Pick<TokenDeps, "database" | "keyring" | "log">;

/**
 * Puts pseudonyms in the place of an erased person's names, wherever somebody else's rows hold them. What can't be
 * finished now is begun anew later.
 * @param id which erasure; without it, one that is due
 * @returns whether there was one
 */
export async function searchErased(deps: SearchDeps, stopped: () => boolean, id?: string): Promise<boolean> {
  const erasure = await claimErasure(deps, id);
  if (!erasure) return false;
  if (await searchAll(deps, erasure, stopped)) await settleErasure(deps.database, erasure.id);
  else await releaseErasure(deps.database, erasure.id);
  return true;
}

/** Works through the searches that are due. */
export async function searchAllErased(deps: SearchDeps, stopped: () => boolean): Promise<void> {
  while (!stopped() && (await searchErased(deps, stopped)));
}

async function searchAll(deps: SearchDeps, { names }: Erasure, stopped: () => boolean): Promise<boolean> {
  const words = [...names.logins, ...names.formerLogins, ...names.words, ...names.numbers];
  if (names.externalId !== null) words.push(names.externalId, encodeURIComponent(names.externalId));
  for (const place of namedPlaces) {
    const rewrite = rewriteIn(place, names);
    let after: readonly string[] | null = null;
    do {
      if (stopped()) return false;
      after = await rewriteNextRows(deps.database, place, { after, words }, rewrite);
    } while (after);
  }
  return true;
}

function rewriteIn({ table }: NamedPlace, names: ErasedNames): (row: NamedRow, owner: unknown) => NamedRow {
  const forget = createForget(names);
  const repositoryOf = (repository: unknown) =>
    forgetIn(repository, isTheirs(repository, names) ? forget : createForget({ ...names, words: [] }));
  const owners = (patterns: unknown) => withoutOwner(patterns, names);
  switch (table) {
    case "audit_events":
      return ({ requested_by, repository, ...row }) => ({
        ...forgetAll(row, forget),
        repository: repositoryOf(repository),
        requested_by: requesterOf(requested_by, names, forget),
      });
    case "commits":
      return (row) => forgetAll(row, forget);
    case "delegations":
    case "offers":
      return ({ repositories }) => ({ repositories: owners(repositories) });
    case "passes":
      // Their own have ended, and permit nothing any more.
      return ({ repositories, branches, paths, requested_by, ...row }, owner) => ({
        ...forgetAll(row, forget),
        ...(owner === names.userId
          ? forgetAll({ repositories, branches, paths }, forget)
          : { repositories: owners(repositories), branches, paths }),
        requested_by: requesterOf(requested_by, names, forget),
      });
    case "bots":
      return ({ ceiling }) => ({ ceiling: isObject(ceiling) ? mapped(ceiling, "repositories", owners) : ceiling });
  }
}

/**
 * Whether the owner of a repository is, or was, the person. In others' their logins are searched alone: names and
 * addresses are of people's own choice, and may be an organisation's.
 */
function isTheirs(repository: unknown, { logins, formerLogins }: ErasedNames): boolean {
  const [owner = ""] = String(repository).toLowerCase().split("/");
  return [...logins, ...formerLogins].some((login) => login.toLowerCase() === owner);
}

function forgetAll(row: NamedRow, forget: (text: string) => string): NamedRow {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, forgetIn(value, forget)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mapped(value: Record<string, unknown>, name: string, change: (part: unknown) => unknown): unknown {
  return name in value ? { ...value, [name]: change(value[name]) } : value;
}

/**
 * In somebody else's permission nothing but the owner counts, and no login of before, which may be another's by now: a
 * permission must not end because of a name that looks alike.
 */
function withoutOwner(patterns: unknown, names: ErasedNames): unknown {
  if (!Array.isArray(patterns)) return patterns;
  const owners = names.logins.map((login) => login.toLowerCase());
  const forget = createForget({ ...names, formerLogins: [] });
  return patterns.map((pattern) => {
    const [owner = ""] = String(pattern).split("/");
    return owners.includes(owner.toLowerCase()) ? forget(String(pattern)) : pattern;
  });
}

/** A reference to the person that could not be resolved when it was stored is the user's id from now on. */
function requesterOf(requestedBy: unknown, names: ErasedNames, forget: (text: string) => string): unknown {
  if (typeof requestedBy !== "string") return requestedBy;
  const theirs = [
    ...names.numbers.flatMap((number) => [number, `gh.${number}`]),
    ...[...names.logins, ...names.formerLogins].flatMap((login) => [login, `@${login}`]),
    ...names.words,
  ].map((reference) => reference.toLowerCase());
  if (names.externalId !== null) {
    const { externalId } = names;
    theirs.push(
      ...[externalId, `ext.${externalId}`, `ext.${encodeURIComponent(externalId)}`].map((id) => id.toLowerCase()),
    );
  }
  return theirs.includes(requestedBy.toLowerCase()) ? names.userId : forget(requestedBy);
}
