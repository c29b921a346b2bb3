import { Problem } from "../../errors.ts";
import { type DecidedBy, writeAudit } from "../../store/audit.ts";
import type { Database } from "../../store/database.ts";
import { readListedRepository } from "../../store/listed-repositories.ts";
import { wantSync } from "../../store/repositories.ts";

/** Has a repository synced now, as whomever it is synced. @throws Problem `not_found` */
export async function askForSync(deps: { database: Database }, request: { id: string; by: DecidedBy }): Promise<void> {
  const { id, by } = request;
  await deps.database.transaction(async (transaction) => {
    const repository = await readListedRepository(transaction, id);
    if (!repository || !(await wantSync(transaction, { id }, "request"))) {
      throw new Problem("not_found", "There is no repository of that id.");
    }
    const { provider, name } = repository;
    const detail = { repository_id: id };
    await writeAudit(transaction, { action: "repository.sync", ...by, provider, repository: name, detail });
  });
}
