import { Problem } from "../../errors.ts";
import type { GithubClient } from "../../github/client.ts";
import type { RepositoryName } from "../../github/read-branch.ts";
import { readRepository } from "../../github/read-repository.ts";
import type { AuthorityPass } from "../../store/authority.ts";

/**
 * Refuses a name that belongs to another repository by now: a pass is bound to what the name meant when it was made.
 * @throws Problem `pass_scope`
 */
export async function requireBoundRepository(
  deps: { client: GithubClient },
  token: string,
  pass: AuthorityPass,
  repository: RepositoryName,
): Promise<void> {
  const name = `${repository.owner}/${repository.name}`.toLowerCase();
  const bound = pass.repositoryIds[pass.repositories.indexOf(name)];
  const found = await readRepository(deps, token, repository);
  if (found && found.id === bound && found.fullName.toLowerCase() === name) return;
  throw new Problem(
    "pass_scope",
    `${name} is not the repository any more that this pass was made for: it was renamed, moved, or the person lost it. Ask the bot's operator for another pass.`,
  );
}
