import { z } from "zod";
import { ProviderFailure } from "../providers/failure.ts";
import type { GithubClient } from "./client.ts";
import type { RepositoryName } from "./read-branch.ts";

const answer = z.object({
  id: z.number().int(),
  full_name: z.string(),
  default_branch: z.string().nullish().catch(null),
});

/**
 * A repository by its name, or by GitHub's number, as the token's owner sees it.
 * @returns null when they can't see one of that name: also when it has moved and its old name leads elsewhere
 */
export async function readRepository(
  deps: { client: GithubClient },
  token: string,
  repository: RepositoryName | { id: number },
): Promise<{ id: number; fullName: string; defaultBranch: string | null } | null> {
  const { status, data } =
    "id" in repository
      ? await deps.client.rest(token, "GET /repositories/{id}", { id: repository.id })
      : await deps.client.rest(token, "GET /repos/{owner}/{repo}", { owner: repository.owner, repo: repository.name });
  if (status !== 200) return null;
  const found = answer.safeParse(data);
  if (!found.success) throw new ProviderFailure("garbled", "GitHub's answer about the repository can't be understood");
  const { id, full_name: fullName, default_branch: defaultBranch = null } = found.data;
  return { id, fullName, defaultBranch };
}
