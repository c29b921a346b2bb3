import { execFile } from "node:child_process";
import { devNull } from "node:os";
import { promisify } from "node:util";

/** Runs git without the person's own settings, and answers what it printed. */
export async function git(args: string[], surroundings: Record<string, string> = {}): Promise<string> {
  const env = { PATH: process.env.PATH, LC_ALL: "C", GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: devNull };
  // As another account's repository may be shown, too; nothing of it is run.
  const { stdout } = await promisify(execFile)("git", ["-c", "safe.directory=*", "--no-pager", ...args], {
    env: { ...env, ...surroundings },
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.trimEnd();
}
