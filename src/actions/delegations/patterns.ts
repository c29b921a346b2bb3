/**
 * Whether a repository is among a delegation's: `owner/name`, `owner/*` or `*`.
 * @param repository `owner/name`; GitHub's names don't tell cases apart
 */
export function repositoryMatches(patterns: readonly string[], repository: string): boolean {
  const name = repository.toLowerCase();
  const [owner] = name.split("/");
  return patterns.some((pattern) => pattern === "*" || pattern === name || pattern === `${owner}/*`);
}

/** What an action changes in a repository: one branch, one tag, anything (`every`), or no ref at all. */
export type RefTarget = { branch: string } | { tag: string } | "every" | "none";

/**
 * Whether a delegation's branches cover what an action changes. Tags are covered by `*` and by patterns that name them
 * as `refs/tags/…`; what may change anything needs `*`.
 */
export function refMatches(patterns: readonly string[], target: RefTarget): boolean {
  if (target === "none") return true;
  if (target === "every") return patterns.includes("*");
  if ("branch" in target) return !target.branch.startsWith("refs/") && branchMatches(patterns, target.branch);
  const ofTags = patterns.filter((pattern) => pattern === "*" || pattern.startsWith("refs/tags/"));
  return branchMatches(ofTags, `refs/tags/${target.tag}`);
}

/** Whether a path is among a pass's: paths, and patterns in which `*` stands for anything, also for `/`. */
export function pathMatches(patterns: readonly string[], path: string): boolean {
  return patterns.some((pattern) => matches(pattern, path));
}

/** Whether a branch is among a delegation's: names, and patterns in which `*` stands for anything. */
export function branchMatches(patterns: readonly string[], branch: string): boolean {
  return patterns.some((pattern) => matches(pattern, branch));
}

/**
 * Looks for a pattern's parts from left to right, each as early as it can be. No regular expression: a pattern with
 * many stars, which any person can write, would make one try for hours.
 */
function matches(pattern: string, text: string): boolean {
  const [first = "", ...parts] = pattern.split("*");
  const last = parts.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first)) return false;
  let from = first.length;
  for (const part of parts) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}
