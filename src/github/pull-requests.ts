import { z } from "zod";
import { Problem } from "../errors.ts";
import { ProviderFailure } from "../providers/failure.ts";
import type { GithubClient } from "./client.ts";
import type { RepositoryName } from "./read-branch.ts";

export interface PullRequest {
  number: number;
  url: string;
}

const pull = z.object({ number: z.number().int(), html_url: z.string() });
const refusal = z.object({
  message: z.string(),
  errors: z.array(z.union([z.string(), z.object({ message: z.string().optional() })])).optional(),
});

/** The branch that a repository's pull requests go to unless told otherwise. */
export async function readDefaultBranch(
  deps: { client: GithubClient },
  token: string,
  repository: RepositoryName,
): Promise<string> {
  const { data } = await deps.client.rest(token, "GET /repos/{owner}/{repo}", place(repository));
  const parsed = z.object({ default_branch: z.string() }).safeParse(data);
  if (!parsed.success) throw new ProviderFailure("garbled", "GitHub's answer about the repository lacks its branch");
  return parsed.data.default_branch;
}

/** The open pull request from a branch of this repository to another one, if there is one. */
export async function findPullRequest(
  deps: { client: GithubClient },
  token: string,
  request: { repository: RepositoryName; head: string; base: string },
): Promise<PullRequest | null> {
  const { repository, head, base } = request;
  const { status, data } = await deps.client.rest(token, "GET /repos/{owner}/{repo}/pulls", {
    ...place(repository),
    state: "open",
    head: `${repository.owner}:${head}`,
    base,
    per_page: 1,
  });
  const parsed = z.array(pull).safeParse(data);
  if (status !== 200 || !parsed.success) throw refused(status, data);
  const [found] = parsed.data;
  return found ? { number: found.number, url: found.html_url } : null;
}

/**
 * Opens a pull request.
 * @throws Problem `bad_request` with what GitHub had against it, `no_write_access`
 */
export async function createPullRequest(
  deps: { client: GithubClient },
  token: string,
  request: {
    repository: RepositoryName;
    head: string;
    base: string;
    title: string;
    body?: string | undefined;
    draft?: boolean | undefined;
  },
): Promise<PullRequest> {
  const { repository, ...fields } = request;
  const { status, data } = await deps.client.rest(token, "POST /repos/{owner}/{repo}/pulls", {
    ...place(repository),
    ...fields,
  });
  const parsed = pull.safeParse(data);
  if (status !== 201 || !parsed.success) throw refused(status, data);
  return { number: parsed.data.number, url: parsed.data.html_url };
}

function place(repository: RepositoryName) {
  return { owner: repository.owner, repo: repository.name };
}

function refused(status: number, data: unknown): Error {
  const parsed = refusal.safeParse(data);
  if (!parsed.success) return new ProviderFailure("garbled", `GitHub answered ${status} about a pull request`);
  const { message, errors = [] } = parsed.data;
  const details = errors.map((error) => (typeof error === "string" ? error : (error.message ?? "")));
  const words = [message, ...details].filter(Boolean).join(": ");
  if (status === 403 || status === 404) {
    return new Problem("no_write_access", `GitHub does not let the pull request be opened (${words}).`);
  }
  return new Problem("bad_request", `GitHub refused the pull request: ${words}.`);
}
