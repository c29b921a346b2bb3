import { z } from "zod";
import { Problem } from "../errors.ts";
import type { AppInstallation } from "./app-installation.ts";
import type { GithubClient, GraphqlRefusal } from "./client.ts";
import { conflictingBranch } from "./conflicting-branch.ts";
import { notCovered } from "./not-covered.ts";
import type { RepositoryName } from "./read-branch.ts";

const installation = z.object({ html_url: z.string() });
/** A sentence holds no more paths than that. */
const mostNamed = 10;
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
  request: {
    repository: RepositoryName;
    branch: string;
    webUrl: string;
    attribution: "user" | "app";
    changes: { files: readonly { path: string; content: Buffer | null }[] };
  },
): Promise<Problem> {
  const { repository, branch, changes, attribution } = request;
  const name = `${repository.owner}/${repository.name}`;
  const deletions = changes.files.flatMap(({ path, content }) => (content === null ? [path] : []));
  const known = problemFromMessage(refusal, { name, branch, deletions });
  if (known) return known;

  const jwt = await deps.app.jwt();
  const owner = { owner: repository.owner, repo: repository.name };
  const covered = await deps.client.rest(jwt, "GET /repos/{owner}/{repo}/installation", owner);
  const seen = await deps.client.rest(token, "GET /repos/{owner}/{repo}", owner);
  // What the person can't see is answered as what isn't there, whether the app has it or not.
  const isSeen = seen.status === 200;
  if (covered.status !== 200 || !isSeen) return notCovered(deps, jwt, { ...request, seen: isSeen }, refusal);
  const state = repositoryAnswer.safeParse(seen.data).data;
  if (state?.archived) {
    return new Problem("repository_archived", `${name} is archived and read-only: an owner can unarchive it.`, {
      cause: refusal,
    });
  }
  // To an app GitHub shows no permissions of its own there; what the person may do was asked before.
  if (attribution === "user" && state?.permissions?.push === false) {
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

function problemFromMessage(
  refusal: GraphqlRefusal,
  place: { name: string; branch: string; deletions: readonly string[] },
): Problem | null {
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
      `${missing(text, place.deletions)} on "${place.branch}" of ${place.name}.`,
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

/** Which path is not there to be deleted. GitHub doesn't name it; what we found out ourselves does. */
function missing(text: string, deletions: readonly string[]): string {
  const named = /does not exist: (.+)$/s.exec(text)?.[1] ?? (deletions.length === 1 ? deletions[0] : undefined);
  if (named !== undefined) return `"${named}", which is to be deleted, does not exist`;
  const first = deletions.slice(0, mostNamed).map((path) => `"${path}"`);
  const more = deletions.length - first.length;
  return `Of the paths to delete at least one does not exist (${first.join(", ")}${more > 0 ? ` and ${more} more` : ""})`;
}

/** GitHub's words, on one line and with an end. */
function sentence(words: string): string {
  return `${words.replaceAll(/\s+/g, " ").trim().slice(0, 500).replace(/\.$/, "")}.`;
}
