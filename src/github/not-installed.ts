import { z } from "zod";
import { Problem } from "../errors.ts";
import type { GithubClient } from "./client.ts";
import type { RepositoryName } from "./read-branch.ts";

const app = z.object({ slug: z.string() });

/** The app can't reach a repository: says so, with the address at which its owner installs the app. */
export async function notInstalled(
  deps: { client: GithubClient },
  jwt: string,
  request: { repository: RepositoryName; webUrl: string },
  cause?: unknown,
): Promise<Problem> {
  const self = app.safeParse((await deps.client.rest(jwt, "GET /app")).data);
  const slug = self.data?.slug;
  const { owner, name } = request.repository;
  return new Problem(
    "app_not_installed",
    `The GitHub App is not installed on ${owner}/${name} (or there is no such repository): an owner of ${owner} installs it at the address in action_url.`,
    { actionUrl: slug ? `${request.webUrl}/apps/${slug}/installations/new` : request.webUrl, cause },
  );
}
