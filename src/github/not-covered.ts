import { z } from "zod";
import { Problem } from "../errors.ts";
import type { GithubClient } from "./client.ts";
import type { RepositoryName } from "./read-branch.ts";

const app = z.object({ slug: z.string() });

const installation = z.object({
  repository_selection: z.string(),
  html_url: z.string(),
  suspended_at: z.string().nullish(),
});

/**
 * The app does not reach a repository: it is not installed there, or suspended, with the address at which the owner
 * changes that; or there is none, where the app has all of the owner's.
 * @param request.seen the person sees it
 */
export async function notCovered(
  deps: { client: GithubClient },
  jwt: string,
  request: { repository: RepositoryName; webUrl: string; seen: boolean },
  cause?: unknown,
): Promise<Problem> {
  const owned = await readInstallation(deps, jwt, request.repository.owner);
  if (owned?.suspended_at) return suspended(request.repository, owned.html_url, cause);
  if (!request.seen && owned?.repository_selection === "all") return notFound(request.repository, cause);
  const self = app.safeParse((await deps.client.rest(jwt, "GET /app")).data);
  const slug = self.data?.slug;
  const { owner, name } = request.repository;
  return new Problem(
    "app_not_installed",
    `The GitHub App is not installed on ${owner}/${name} (or there is no such repository, or the person can't see it): an owner of ${owner} installs it at the address in action_url.`,
    { actionUrl: slug ? `${request.webUrl}/apps/${slug}/installations/new` : request.webUrl, cause },
  );
}

/** The app's installation at an owner. A person and an organisation are asked for apart. */
async function readInstallation(
  deps: { client: GithubClient },
  jwt: string,
  owner: string,
): Promise<z.infer<typeof installation> | null> {
  for (const kind of ["orgs", "users"]) {
    const found = await deps.client.rest(jwt, `GET /${kind}/{owner}/installation`, { owner });
    const known = found.status === 200 ? installation.safeParse(found.data).data : undefined;
    if (known) return known;
  }
  return null;
}

/** The owner has suspended the app. */
export function suspended({ owner, name }: RepositoryName, actionUrl: string, cause?: unknown): Problem {
  return new Problem(
    "app_not_installed",
    `The GitHub App is suspended on ${owner}/${name}: an owner of ${owner} wakes it at the address in action_url.`,
    { actionUrl, cause },
  );
}

/** There is no such repository, as far as the person may know. */
function notFound({ owner, name }: RepositoryName, cause?: unknown): Problem {
  return new Problem(
    "repository_not_found",
    `There is no repository ${owner}/${name}, or the person can't see it: check the name, or ask an owner for access.`,
    { cause },
  );
}
