import { z } from "zod";
import type { GithubClient } from "./client.ts";
import type { RepositoryName } from "./read-branch.ts";

const userAnswer = z.object({ login: z.string() });
const permissionAnswer = z.object({ permission: z.string(), user: z.object({ id: z.number() }).nullish() });

/**
 * What a person may do in a repository, asked as the app. The person's login is looked up by their number first:
 * logins change hands.
 * @param token of the installation that covers the repository
 */
export async function readAccess(
  deps: { client: GithubClient },
  token: string,
  request: { repository: RepositoryName; providerUid: string },
): Promise<"none" | "read" | "write"> {
  const { repository, providerUid } = request;
  const user = userAnswer.safeParse((await deps.client.rest(token, "GET /user/{id}", { id: providerUid })).data);
  if (!user.success) return "none";
  const { data } = await deps.client.rest(token, "GET /repos/{owner}/{repo}/collaborators/{login}/permission", {
    owner: repository.owner,
    repo: repository.name,
    login: user.data.login,
  });
  const answer = permissionAnswer.safeParse(data);
  if (!answer.success || String(answer.data.user?.id) !== providerUid || answer.data.permission === "none") {
    return "none";
  }
  return ["write", "admin"].includes(answer.data.permission) ? "write" : "read";
}
