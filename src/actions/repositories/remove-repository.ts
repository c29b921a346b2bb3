import { Problem } from "../../errors.ts";
import type { Mirrors } from "../../git/mirrors.ts";
import { type DecidedBy, writeAudit } from "../../store/audit.ts";
import type { Database } from "../../store/database.ts";
import { removeRepository as forgetRepository } from "../../store/repositories.ts";

/** Forgets a repository with its runs, and removes its mirror. Other replicas remove theirs within ten minutes. */
export async function removeRepository(
  deps: { database: Database; mirrors: Mirrors },
  request: { id: string; by: DecidedBy },
): Promise<void> {
  const { id, by } = request;
  await deps.database.transaction(async (transaction) => {
    const removed = await forgetRepository(transaction, id);
    if (!removed) throw new Problem("not_found", "There is no repository of that id.");
    await writeAudit(transaction, {
      action: "repository.remove",
      ...by,
      provider: removed.provider,
      repository: removed.name,
      detail: { repository_id: id },
    });
  });
  await deps.mirrors.remove(id);
}
