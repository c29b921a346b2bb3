import { Problem } from "../../errors.ts";

/**
 * Splits `owner/name`.
 * @throws Problem `bad_request`
 */
export function parseRepository(text: string): { owner: string; name: string } {
  const [, owner, name] = /^([A-Za-z0-9][A-Za-z0-9_-]{0,99})\/([A-Za-z0-9._-]{1,100})$/.exec(text) ?? [];
  if (!owner || !name || name === "." || name === ".." || name.toLowerCase().endsWith(".git")) {
    throw new Problem("bad_request", `"${text.slice(0, 200)}" is not a repository: write it as owner/name.`);
  }
  return { owner, name };
}

/**
 * Checks a branch name by git's rules. https://git-scm.com/docs/git-check-ref-format
 * @throws Problem `bad_request`
 */
export function requireBranchName(branch: string): void {
  const parts = branch.split("/");
  const bad =
    branch.length === 0 ||
    Buffer.byteLength(branch) > 244 ||
    branch.startsWith("-") ||
    branch === "@" ||
    branch === "HEAD" ||
    branch.startsWith("refs/") ||
    branch.endsWith(".") ||
    !branch.isWellFormed() ||
    hasControlCharacter(branch) ||
    /[ ~^:?*[\\]|\.\.|@\{/.test(branch) ||
    parts.some((part) => part === "" || part.startsWith(".") || part.endsWith(".lock"));
  if (bad) throw new Problem("bad_request", `"${branch.slice(0, 200)}" is not a branch name that git allows.`);
}

/** C0 controls and DEL, which neither a branch nor a path may hold. */
export function hasControlCharacter(text: string): boolean {
  return [...text].some((character) => character < " " || character === "\x7f");
}
