import type { GithubProvider } from "../../config/github-app.ts";
import { Problem } from "../../errors.ts";
import { githubApp } from "../../github/github-apps.ts";
import { readRepository } from "../../github/read-repository.ts";
import { type DecidedBy, writeAudit } from "../../store/audit.ts";
import { type Repository, saveRepository } from "../../store/repositories.ts";
import { readSyncingPerson } from "../../store/syncing-person.ts";
import { namedProvider } from "../accounts/account-problem.ts";
import { actWithToken } from "../accounts/act-with-token.ts";
import { noteSingleSignOn } from "../accounts/note-single-sign-on.ts";
import { providerProblem } from "../accounts/provider-problem.ts";
import { parseRepository } from "../commits/names.ts";
import { requireUsable } from "../delegations/authorise.ts";
import { namedUser } from "../users/named-user.ts";
import type { SyncDeps } from "./sync-deps.ts";

/**
 * Registers a repository of which a mirror is to be kept, or changes how, and has it synced at once. It is known by
 * GitHub's number from then on, which is asked for with the user's authorisation where one is named, else with the app's.
 * @param request.provider whose account or installation it is synced with
 * @param request.syncedBy a user reference; null: synced as the app
 * @throws Problem `bad_request`, `user_not_found`, `repository_not_found`, `app_not_installed`, and what using the
 *   person's token may throw
 */
export async function registerRepository(
  deps: Omit<SyncDeps, "mirrors">,
  request: {
    provider: GithubProvider;
    repository: string;
    syncedBy: string | null;
    everySeconds: number | null;
    by: DecidedBy;
  },
): Promise<{ repository: Repository; created: boolean }> {
  const { provider } = request;
  const named = parseRepository(request.repository);
  const app = githubApp(deps, provider);
  const user = request.syncedBy === null ? null : await namedUser(deps, request.syncedBy, "change");
  const look = async () => {
    if (!user) {
      const token = await app.token(named, { metadata: "read" });
      return readRepository(deps, token, named);
    }
    const person = await readSyncingPerson(deps.database, { userId: user.id, provider });
    if (!person?.active) throw new Problem("user_not_found", "There is no active user of that reference.");
    const account = requireUsable(deps, person.account, provider);
    const { owner } = named;
    return actWithToken(deps, account, (token) =>
      noteSingleSignOn(deps, account, { token, owner }, () => readRepository(deps, token, named)),
    );
  };
  const found = await look().catch((error) => {
    throw providerProblem(error, namedProvider(deps, provider));
  });
  if (found?.fullName.toLowerCase() !== `${named.owner}/${named.name}`.toLowerCase()) {
    const who = user ? "the user" : "the app";
    throw new Problem("repository_not_found", `There is no repository ${request.repository} that ${who} can see.`);
  }
  const { id: number, fullName: name } = found;
  const { everySeconds } = request;
  return deps.database.transaction(async (transaction) => {
    const saved = await saveRepository(transaction, {
      provider,
      number,
      name,
      everySeconds,
      syncedByUserId: user?.id ?? null,
    });
    await writeAudit(transaction, {
      action: "repository.register",
      ...request.by,
      userId: user?.id ?? null,
      provider,
      repository: name,
      detail: { repository_id: saved.repository.id, every: everySeconds },
    });
    return saved;
  });
}
