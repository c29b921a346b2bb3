import { z } from "zod";
import { Problem } from "../errors.ts";
import type { AppInstallation } from "./app-installation.ts";
import type { GithubClient, GraphqlRefusal } from "./client.ts";
import { conflictingBranch } from "./conflicting-branch.ts";
import { notCovered, notFound } from "./not-covered.ts";
import type { RepositoryName } from "./read-branch.ts";

const installation = z.object({ html_url: z.string() });
const repositoryAnswer = z.object({
  archived: z.boolean().optional(),
  permissions: z.object({ push: z.boolean().optional() }).optional(),
});

/**
 * Finds out why GitHub refused, once it has: asks as the app where it is installed, and as the person what they see.
 * GitHub's own types don't tell: it answers NOT_FOUND for what the app may not see, FORBIDDEN for a missing
 * installation, a missing permission and an archived repository alike (facts/github.md, 6).
 * @returns the problem to answer with
 */
export async function explainRefusal(
  deps: { client: GithubClient; app: AppInstallation },
  token: string,
  refusal: GraphqlRefusal,
  request: { repository: RepositoryName; branch: string; webUrl: string },
): Promise<Problem> {
  const { repository, branch } = request;
  const name = `${repository.owner}/${repository.name}`;
  const known = problemFromMessage(refusal, { name, branch });
  if (known) return known;

  const jwt = await deps.app.jwt();
  const owner = { owner: repository.owner, repo: repository.name };
  const covered = await deps.client.rest(jwt, "GET /repos/{owner}/{repo}/installation", owner);
  const seen = await deps.client.rest(token, "GET /repos/{owner}/{repo}", owner);
  if (covered.status !== 200) return notCovered(deps, jwt, { ...request, seen: seen.status === 200 }, refusal);
  if (seen.status !== 200) return notFound(repository, refusal);
  const state = repositoryAnswer.safeParse(seen.data).data;
  if (state?.archived) {
    return new Problem("repository_archived", `${name} is archived and read-only: an owner can unarchive it.`, {
      cause: refusal,
    });
  }
  if (state?.permissions?.push === false) {
    return new Problem("no_write_access", `The person has no write access to ${name}: an owner can give it.`, {
      cause: refusal,
    });
  }
  if (/not accessible by integration/i.test(refusal.message)) {
    return new Problem(
      "no_write_access",
      `The GitHub App lacks a permission for this on ${name} (contents; for .github/workflows also workflows): an owner of ${repository.owner} accepts it at the address in action_url.`,
      { actionUrl: installation.safeParse(covered.data).data?.html_url ?? request.webUrl, cause: refusal },
    );
  }
  if (refusal.errors.some((error) => error.type === "NOT_FOUND")) {
    return new Problem("branch_not_found", `${name} has no branch "${branch}": give "base" to create it.`, {
      cause: refusal,
    });
  }
  const other = await conflictingBranch(deps, token, request);
  if (other !== null) {
    return new Problem(
      "bad_request",
      `"${branch}" can't be a branch of ${name} beside "${other}", since one is the other's folder: choose another name.`,
      { cause: refusal },
    );
  }
  return new Problem("provider_rejected", `GitHub refused the commit: ${sentence(refusal.message)}`, {
    cause: refusal,
  });
}

function problemFromMessage(refusal: GraphqlRefusal, place: { name: string; branch: string }): Problem | null {
  const { message: text, errors } = refusal;
  const options = { cause: refusal };
  const types = errors.map((error) => error.type);
  if (types.includes("BRANCH_PROTECTION_RULE_VIOLATION") || /rule violations? found|protected branch/i.test(text)) {
    // Classic protection has a type of its own; rulesets come as UNPROCESSABLE with this message.
    return new Problem(
      "branch_protected",
      `"${place.branch}" of ${place.name} is protected: ${sentence(text)} Commit to another branch and open a pull request.`,
      options,
    );
  }
  if (/requested for deletion which does not exist/i.test(text)) {
    return new Problem(
      "path_missing",
      `A path to delete does not exist on "${place.branch}" of ${place.name}.`,
      options,
    );
  }
  if (/\b(is|was) archived\b/i.test(text)) {
    return new Problem(
      "repository_archived",
      `${place.name} is archived and read-only: an owner can unarchive it.`,
      options,
    );
  }
  if (/account was suspended/i.test(text)) {
    return new Problem(
      "no_write_access",
      "GitHub has suspended the person's account: GitHub's support can say why.",
      options,
    );
  }
  return null;
}

/** GitHub's words, on one line and with an end. */
function sentence(words: string): string {
  return `${words.replaceAll(/\s+/g, " ").trim().slice(0, 500).replace(/\.$/, "")}.`;
}
