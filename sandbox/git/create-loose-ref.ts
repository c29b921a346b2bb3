import { closeSync, existsSync, mkdirSync, openSync, renameSync, unlinkSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Makes a ref as git does it (a lock that only one can make, then a rename), without a process for each new branch.
 * @returns null when git itself has to look: some are packed, or the name is taken, locked or in another's way
 */
export function createLooseRef(repositoryPath: string, name: string, to: string): true | null {
  if (existsSync(join(repositoryPath, "packed-refs"))) return null;
  const path = join(repositoryPath, name);
  const lock = `${path}.lock`;
  let file: number;
  try {
    mkdirSync(dirname(path), { recursive: true });
    file = openSync(lock, "wx");
  } catch {
    return null;
  }
  writeSync(file, `${to}\n`);
  closeSync(file);
  try {
    // A folder may be there as well: of names that begin with this one.
    if (!existsSync(path)) {
      renameSync(lock, path);
      return true;
    }
  } catch {} // somebody else is at work there
  unlinkSync(lock);
  return null;
}
