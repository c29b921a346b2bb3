import { z } from "zod";
import type { GithubClient } from "./client.ts";
import type { RepositoryName } from "./read-branch.ts";

const refs = z.array(z.object({ ref: z.string() }));

/**
 * A branch whose name rules another one out: in git a name is a file or a folder, so that `a` and `a/b` can't both be.
 * @returns its name, null when there is none
 */
export async function conflictingBranch(
  deps: { client: GithubClient },
  token: string,
  { repository, branch }: { repository: RepositoryName; branch: string },
): Promise<string | null> {
  const place = { owner: repository.owner, repo: repository.name };
  const parts = branch.split("/").map(encodeURIComponent);
  for (let count = 1; count < parts.length; count++) {
    const ref = `heads/${parts.slice(0, count).join("/")}`;
    const found = await deps.client.rest(token, "GET /repos/{owner}/{repo}/git/ref/{+ref}", { ...place, ref });
    if (found.status === 200) return branch.split("/").slice(0, count).join("/");
  }
  const ref = `heads/${parts.join("/")}/`;
  const below = await deps.client.rest(token, "GET /repos/{owner}/{repo}/git/matching-refs/{+ref}", { ...place, ref });
  const folder = `refs/heads/${branch}/`;
  // A server may drop the slash at the end, and then answers with more than was asked for.
  const inside = (refs.safeParse(below.data).data ?? []).find((one) => one.ref.startsWith(folder));
  return inside ? inside.ref.slice("refs/heads/".length) : null;
}
