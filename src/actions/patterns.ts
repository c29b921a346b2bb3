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
  return patterns.some((pattern) => {
    const literals = pattern.split("*").map((literal) => literal.replaceAll(/[\\^$.|?+()[\]{}]/g, "\\$&"));
    return new RegExp(`^${literals.join(".*")}$`, "s").test(branch);
  });
}
