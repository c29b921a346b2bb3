import { z } from "zod";
import { ProviderFailure } from "../providers/failure.ts";
import type { GithubClient } from "./client.ts";
import type { RepositoryName } from "./read-branch.ts";

/** An issue, or a pull request, which has its comments in the same place. */
export interface IssuePlace {
  repository: RepositoryName;
  issue: number;
}

const route = "/repos/{owner}/{repo}/issues/{issue_number}/comments";
const list = z.array(z.object({ body: z.string().nullish(), user: z.object({ id: z.number() }).nullish() }));
const perPage = 100;
/** Nobody writes more comments between a question and its answer. */
const mostPages = 5;

/**
 * Comments.
 * @returns false: nobody can comment there now; it is locked, closed to us, or gone
 */
export async function createIssueComment(
  deps: { client: GithubClient },
  token: string,
  place: IssuePlace,
  body: string,
): Promise<boolean> {
  const { status } = await deps.client.rest(token, `POST ${route}`, { ...placeOf(place), body });
  if (status === 201) return true;
  // A redirect is not followed: the repository was renamed just now, and the next try finds its name.
  if (status < 400) throw new ProviderFailure("unreachable", `GitHub answered ${status} to a comment`);
  return false;
}

/** Whether one of these users has written a comment with a text since then. */
export async function hasIssueComment(
  deps: { client: GithubClient },
  token: string,
  place: IssuePlace,
  wanted: { by: readonly number[]; text: string; since: string },
): Promise<boolean> {
  for (let page = 1; page <= mostPages; page++) {
    const { status, data } = await deps.client.rest(token, `GET ${route}`, {
      ...placeOf(place),
      since: wanted.since,
      per_page: perPage,
      page,
    });
    if (status === 404 || status === 410) return false;
    const found = list.safeParse(data);
    if (status !== 200 || !found.success) {
      throw new ProviderFailure("garbled", "GitHub's list of comments could not be understood");
    }
    if (found.data.some(({ body, user }) => user && wanted.by.includes(user.id) && body?.includes(wanted.text)))
      return true;
    if (found.data.length < perPage) return false;
  }
  return false;
}

function placeOf({ repository, issue }: IssuePlace) {
  return { owner: repository.owner, repo: repository.name, issue_number: issue };
}
