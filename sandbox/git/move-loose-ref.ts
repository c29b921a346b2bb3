import { closeSync, openSync, readFileSync, renameSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";

/**
 * Moves a ref that lies in a file of its own, as git does it (a lock that only one can make, compare, rename), without
 * a process for each commit: starting one blocks the whole sandbox longer than everything else about a commit.
 * @returns false when the ref is elsewhere than expected; null when git itself has to look: packed, locked, no file
 */
export function moveLooseRef(repositoryPath: string, name: string, to: string, from: string): boolean | null {
  const path = join(repositoryPath, name);
  const lock = `${path}.lock`;
  let file: number;
  try {
    file = openSync(lock, "wx");
  } catch {
    return null;
  }
  try {
    const now = readFileSync(path, "utf8").trim();
    if (!/^[0-9a-f]{40}$/.test(now)) return discard(file, lock, null);
    if (now !== from) return discard(file, lock, false);
    writeSync(file, `${to}\n`);
  } catch {
    return discard(file, lock, null);
  }
  closeSync(file);
  renameSync(lock, path);
  return true;
}

function discard<Result>(file: number, lock: string, result: Result): Result {
  closeSync(file);
  unlinkSync(lock);
  return result;
}
