/**
 * Whether a repository is among a delegation's: `owner/name`, `owner/*` or `*`.
 * @param repository `owner/name`; GitHub's names don't tell cases apart
 */
export function repositoryMatches(patterns: readonly string[], repository: string): boolean {
  const name = repository.toLowerCase();
  const [owner] = name.split("/");
  return patterns.some((pattern) => pattern === "*" || pattern === name || pattern === `${owner}/*`);
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
