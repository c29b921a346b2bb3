import type { Mirrors } from "../../git/mirrors.ts";
import type { Database } from "../../store/database.ts";
import { knownRepositories } from "../../store/repositories.ts";

/** Removes mirrors from this process's folder whose repositories are registered no more. */
export async function removeLeftMirrors(deps: { database: Database; mirrors: Mirrors }): Promise<void> {
  const ids = await deps.mirrors.list();
  if (ids.length === 0) return;
  const known = new Set(await knownRepositories(deps.database, ids));
  for (const id of ids) if (!known.has(id)) await deps.mirrors.remove(id);
}
