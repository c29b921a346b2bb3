import { Problem } from "../../errors.ts";

/**
 * What runs in CI, and who must review, decides what a repository trusts: a bot that may commit may not change it.
 * The folders themselves count, too: a file or a link in their place takes away what is in them. With `s`, since a name
 * may hold what JavaScript takes for a line's end.
 */
const guarded = /^(\.github(\/(workflows|actions)(\/.*)?)?|docs|((\.github|docs)\/)?codeowners(\/.*)?)$/is;

/** Where GitHub looks for them. */
export const protectedPlaces = [
  ".github/workflows",
  ".github/actions",
  "CODEOWNERS",
  ".github/CODEOWNERS",
  "docs/CODEOWNERS",
] as const;

/** Whether GitHub asks the app for its permission on workflows. */
export function changesWorkflows(paths: readonly string[]): boolean {
  return paths.some((path) => /^\.github\/workflows\//i.test(path));
}

/**
 * Refuses protected paths.
 * @throws Problem `protected_path` naming the file
 */
export function requireUnprotected(paths: readonly string[]): void {
  const path = paths.find((candidate) => guarded.test(candidate));
  if (path === undefined) return;
  throw new Problem(
    "protected_path",
    `"${path}" decides what runs or who reviews here: the person must give the bot the capability "workflows" for it.`,
  );
}
