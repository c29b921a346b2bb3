import { parseRepository } from "../commits/names.ts";
import { readApiPath } from "../look-alike/api-path.ts";

export interface GitRepository {
  owner: string;
  name: string;
}

/**
 * Reads `/{owner}/{repo}.git/…` as it was sent; `.git` may be missing, as at GitHub. A path that two servers could read
 * in two ways is refused (see {@link readApiPath}).
 * @param sent as it stands in the request's first line
 * @throws Problem `bad_request`
 */
export function readGitPath(sent: string): GitRepository & { rest: string[] } {
  const { segments } = readApiPath(sent);
  const [owner = "", repository = "", ...rest] = segments;
  return { ...parseRepository(`${owner}/${repository.replace(/\.git$/, "")}`), rest };
}
