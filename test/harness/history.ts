import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Stack } from "./stack.ts";

/** Runs git in a sandbox's bare repository. */
export function git(stack: Stack, repository: string, ...args: string[]): string {
  const { path } = stack.sandbox.repository(repository);
  return execFileSync("git", ["--git-dir", path, ...args], { stdio: ["ignore", "pipe", "pipe"] })
    .toString()
    .trimEnd();
}

/** Every ref of a repository with what it points to, as `git for-each-ref` says it. */
export function refs(stack: Stack, repository: string): string {
  const { path } = stack.sandbox.repository(repository);
  if (existsSync(join(path, "packed-refs"))) {
    return git(stack, repository, "for-each-ref", "--format=%(objectname) %(refname)");
  }
  // Asked before and after each refused request, and the files tell without a process.
  return readdirSync(join(path, "refs"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => `${readFileSync(file, "utf8").trim()} ${relative(path, file)}`)
    .join("\n");
}

/**
 * Commits past onbehalf and past GitHub's API, as somebody's push does, and moves the branch. One process makes all the
 * commits: everything in this process waits for it.
 * @returns the new head
 */
export function moveBranch(stack: Stack, repository: string, branch: string, commits = 1): string {
  const { path, head } = stack.sandbox.repository(repository);
  const ref = `refs/heads/${branch}`;
  const made = Array.from({ length: commits }, (_, number) => {
    const message = `Moved ${process.hrtime.bigint()} ${number}`;
    const from = number === 0 ? `from ${head(branch)}\n` : "";
    return `commit ${ref}\ncommitter Somebody <somebody@example.com> now\ndata ${message.length}\n${message}\n${from}\n`;
  });
  execFileSync("git", ["--git-dir", path, "fast-import", "--quiet", "--date-format=now"], { input: made.join("") });
  return head(branch);
}

/**
 * What a refused request must leave as it was: refs, accounts with their sealed tokens, permissions, grants. When an
 * account was used, and where single sign-on is asked for, is noted without touching it.
 */
export async function standing(stack: Stack, repositories: string[] = ["acme/site"]): Promise<unknown> {
  const { rows } = await stack.database.query<{ accounts: unknown; delegations: unknown }>({
    text: `SELECT
      (SELECT jsonb_agg(to_jsonb(a) - 'last_used_at' - 'single_sign_on' ORDER BY a.id) FROM user_external_accounts a) AS accounts,
      (SELECT jsonb_agg(to_jsonb(d) ORDER BY d.id) FROM delegations d) AS delegations`,
  });
  return {
    refs: repositories.map((repository) => refs(stack, repository)),
    stored: rows[0],
    grants: stack.sandbox.grants(),
  };
}

/** How many requests GitHub has seen. */
export function sent(stack: Stack): number {
  return stack.sandbox.requests.length;
}

/** What was asked of GitHub's GraphQL since, oldest first. */
export function graphqlSince(stack: Stack, before: number): string[] {
  return stack.sandbox.requests
    .slice(before)
    .filter(({ path }) => path.endsWith("/graphql"))
    .map(({ method, operation }) => `${method} ${operation}`);
}
