import { Problem } from "../../errors.ts";
import { readRepository } from "../../github/read-repository.ts";
import { writeAudit } from "../../store/audit.ts";
import { type ListedRepository, readListedRepository } from "../../store/listed-repositories.ts";
import { setSyncedBy } from "../../store/repositories.ts";
import { readSyncingPerson } from "../../store/syncing-person.ts";
import { namedProvider } from "../accounts/account-problem.ts";
import { actWithToken } from "../accounts/act-with-token.ts";
import { noteSingleSignOn } from "../accounts/note-single-sign-on.ts";
import { providerProblem } from "../accounts/provider-problem.ts";
import { parseRepository } from "../commits/names.ts";
import { requireUsable } from "../delegations/authorise.ts";
import { namedUser } from "../users/named-user.ts";
import { mayBeSyncedAs } from "./may-be-synced-as.ts";
import type { SyncDeps } from "./sync-deps.ts";

type ChangeDeps = Omit<SyncDeps, "mirrors">;

/**
 * An admin changes as whom a repository is synced: as the app, which always goes; as themselves; or as another person
 * who lets some bot read it, for as long as they do. It is looked whether that person can see it.
 * @param request.as a user reference; null: the app
 * @throws Problem `not_found`, `bad_request`, `user_not_found`, `delegation_required`, `repository_not_found`, and what
 *   using the person's token may throw
 */
export async function changeSyncedBy(
  deps: ChangeDeps,
  request: { id: string; as: string | null; by: { actor: "admin"; requestedBy: string } },
): Promise<void> {
  const { id, as, by } = request;
  const repository = await readListedRepository(deps.database, id);
  if (!repository) throw new Problem("not_found", "There is no repository of that id.");
  const user = as === null ? null : await namedUser(deps, as, "change");
  const needsDelegation = user !== null && user.id !== by.requestedBy;
  if (user) {
    const person = { userId: user.id, provider: repository.provider, repository: repository.name };
    if (needsDelegation && !(await mayBeSyncedAs(deps, person))) {
      throw new Problem(
        "delegation_required",
        `They let no bot read ${repository.name}. A person who permits some bot "push" or "api:read" there can be chosen.`,
      );
    }
    await requireVisible(deps, repository, user.id);
  }
  await deps.database.transaction(async (transaction) => {
    const changed = await setSyncedBy(transaction, { id, userId: user?.id ?? null, needsDelegation });
    if (!changed) throw new Problem("not_found", "There is no repository of that id.");
    await writeAudit(transaction, {
      action: "repository.change",
      ...by,
      userId: user?.id ?? null,
      provider: changed.provider,
      repository: changed.name,
      detail: { repository_id: id, synced_by: user ? "user" : "app" },
    });
  });
}

async function requireVisible(deps: ChangeDeps, repository: ListedRepository, userId: string): Promise<void> {
  const { provider, number, name } = repository;
  const person = await readSyncingPerson(deps.database, { userId, provider });
  if (!person?.active) throw new Problem("user_not_found", "There is no active user of that reference.");
  const account = requireUsable(deps, person.account, provider);
  const { owner } = parseRepository(name);
  const look = (token: string) =>
    noteSingleSignOn(deps, account, { token, owner }, () => readRepository(deps, token, { id: number }));
  const found = await actWithToken(deps, account, look).catch((error) => {
    throw providerProblem(error, namedProvider(deps, provider));
  });
  if (!found) throw new Problem("repository_not_found", `They can't see ${name}.`);
}
