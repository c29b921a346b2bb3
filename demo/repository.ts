import { realpath } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { DemoError } from "./demo-error.ts";
import { git } from "./git.ts";

/** A repository to copy, and the name of the copy on the demo's GitHub. */
export interface Original {
  path: string;
  fullName: string;
}

/**
 * Looks at a local repository, without touching it.
 * @param taken names that are in use already
 * @throws DemoError when it is none, or can't be committed to
 */
export async function findOriginal(path: string, taken: readonly string[]): Promise<Original> {
  const real = await realpath(path).catch(() => {
    throw new DemoError(`--repo: there is no folder ${path}.`);
  });
  // Without the ceiling git would look for a repository further up.
  const here = { GIT_CEILING_DIRECTORIES: dirname(real) };
  await git(["-C", real, "rev-parse", "--git-dir"], here).catch(() => {
    throw new DemoError(`--repo: ${path} is not a git repository: name the folder that holds its .git.`);
  });
  const branch = await git(["-C", real, "symbolic-ref", "--quiet", "HEAD"], here).catch(() => {
    throw new DemoError(`--repo: ${path} is on no branch (detached HEAD): git switch to one first.`);
  });
  await git(["-C", real, "rev-parse", "--verify", "--quiet", `${branch}^{commit}`], here).catch(() => {
    throw new DemoError(`--repo: ${path} has no commit yet on ${branch.replace("refs/heads/", "")}: make one first.`);
  });
  return { path: real, fullName: nameOf(real, taken) };
}

/** `acme/NAME`, as GitHub allows names. */
function nameOf(path: string, taken: readonly string[]): string {
  const folder = basename(path) === ".git" ? basename(dirname(path)) : basename(path, ".git");
  const name = folder.replaceAll(/[^A-Za-z0-9._-]+/g, "-").slice(0, 90);
  const fullName = `acme/${/[A-Za-z0-9]/.test(name) ? name : "repository"}`;
  return taken.some((other) => other.toLowerCase() === fullName.toLowerCase()) ? `${fullName}-copy` : fullName;
}
