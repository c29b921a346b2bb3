import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "../../src/store/embedded/postmaster.ts";
import { discardServer } from "./discard-server.ts";

/** Memory, as a folder: a database's 300 files are made there in a third of the time. */
const memory = "/dev/shm";
/** A run needs less than 1 GB at once. */
const roomBytes = 3e9;
/** A folder is named by the process that runs the tests, so that a later run knows what is left over. */
const prefix = "onbehalf-test-";

/** Makes the folder for all that a run makes: its server, and `files` for everybody's temporary files. */
export async function makeRunFolder(): Promise<{ path: string; files: string }> {
  discardAbandoned();
  const path = await mkdtemp(join(isUsable(memory) ? memory : tmpdir(), `${prefix}${process.pid}-`));
  await chmod(path, 0o711); // as root the server runs as another account, which has to get in
  const files = join(path, "files");
  await mkdir(files);
  await chmod(files, 0o1777); // as /tmp is
  return { path, files };
}

/** Whether it is there with enough room, and programs in it may be run: git's hooks are. */
function isUsable(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < roomBytes) return false;
  const program = join(folder, `${prefix}${process.pid}`);
  try {
    writeFileSync(program, "#!/bin/sh\n", { mode: 0o700 });
    return spawnSync(program).status === 0;
  } catch {
    return false;
  } finally {
    rmSync(program, { force: true });
  }
}

/** Ends what killed runs left behind. */
function discardAbandoned(): void {
  for (const parent of [tmpdir(), memory].filter(existsSync)) {
    for (const name of readdirSync(parent)) {
      const pid = Number(name.startsWith(prefix) && name.slice(prefix.length).split("-")[0]);
      const path = join(parent, name);
      const ours = pid > 0 && statSync(path, { throwIfNoEntry: false })?.uid === process.getuid?.();
      if (ours && !isAlive(pid)) discardServer(path);
    }
  }
}
