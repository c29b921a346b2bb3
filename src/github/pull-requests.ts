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
  const { status, data } = await deps.client.rest(token, "GET /repos/{owner}/{repo}", place(repository));
  const parsed = z.object({ default_branch: z.string() }).safeParse(data);
  if (status !== 200 || !parsed.success) throw refused(status, data);
  return parsed.data.default_branch;
}

export interface PullRequestPlace {
  repository: RepositoryName;
  head: string;
  base: string;
}

/**
 * Opens a pull request, or finds the one that is open for the same head and base, also one that somebody opens at the
 * same time.
 * @throws Problem `bad_request` with what GitHub had against it, `no_write_access`
 */
export async function ensurePullRequest(
  deps: { client: GithubClient },
  token: string,
  request: PullRequestPlace & { title: string; body?: string | undefined; draft?: boolean | undefined },
): Promise<PullRequest & { created: boolean }> {
  const open = await findPullRequest(deps, token, request);
  if (open) return { ...open, created: false };
  const { repository, ...fields } = request;
  const route = "POST /repos/{owner}/{repo}/pulls";
  const { status, data } = await deps.client.rest(token, route, { ...place(repository), ...fields });
  const parsed = pull.safeParse(data);
  if (status === 201 && parsed.success) {
    return { number: parsed.data.number, url: parsed.data.html_url, created: true };
  }
  const refusal = refused(status, data);
  const overtaken = /already exists/i.test(refusal.message) && (await findPullRequest(deps, token, request));
  if (overtaken) return { ...overtaken, created: false };
  throw refusal;
}

/** The open pull request from a branch of this repository to another one, if there is one. */
async function findPullRequest(
  deps: { client: GithubClient },
  token: string,
  { repository, head, base }: PullRequestPlace,
): Promise<PullRequest | null> {
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
