import { randomBytes } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { git } from "../../demo/git.ts";

/** Where git goes, and as whom. */
export interface Remote {
  url: string;
  /** A person's token, or a pass. */
  secret: string;
}

const who = {
  GIT_AUTHOR_NAME: "A",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_COMMITTER_NAME: "A",
  GIT_COMMITTER_EMAIL: "a@example.com",
};
/** A server keeps a push of 100 objects as a pack; of fewer it makes files, which each clone compresses anew. */
const files = 200;

/** A repository with one commit, of files that can't be compressed. */
export async function makeRepository(path: string, bytes: number): Promise<void> {
  await mkdir(path, { recursive: true });
  await git(["-C", path, "init", "--quiet", "--initial-branch=big"]);
  for (let n = 0; n < files; n++) await writeFile(join(path, `${n}.bin`), randomBytes(Math.ceil(bytes / files)));
  await git(["-C", path, "add", "."]);
  await git(["-C", path, "commit", "--quiet", "-m", "Much"], who);
  // In one pack, as what was cloned is: else git would look for likenesses for half a minute, which hides all else.
  await git(["-C", path, "-c", "pack.window=0", "repack", "--quiet", "-a", "-d"]);
}

/** Pushes its branch, and answers how long it took, in seconds. */
export async function timePush(path: string, remote: Remote, branch: string): Promise<number> {
  return time(() => git(["-C", path, "push", "--quiet", remote.url, `big:refs/heads/${branch}`], helperFor(remote)));
}

/** Clones a branch into a folder that is not there yet, removes it, and answers how long cloning took, in seconds. */
export async function timeClone(path: string, remote: Remote, branch: string): Promise<number> {
  const args = ["clone", "--quiet", "--bare", "--single-branch", "--branch", branch, remote.url, path];
  const seconds = await time(() => git(args, helperFor(remote)));
  await rm(path, { recursive: true });
  return seconds;
}

/** git asks a helper as it always does; the secret stands in the environment of that git alone. */
function helperFor({ secret }: Remote): Record<string, string> {
  return {
    SECRET: secret,
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "credential.helper",
    GIT_CONFIG_VALUE_0: '!f() { echo username=x-access-token; echo "password=$SECRET"; }; f',
    GIT_TERMINAL_PROMPT: "0",
  };
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}
