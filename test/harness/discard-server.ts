import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "../../src/store/embedded/postmaster.ts";

/** The folder names a run's server by the process that runs it, so that a later run knows what is left over. */
export const folderPrefix = "onbehalf-test-";

/** Ends a test server without ceremony, and synchronously, since a Ctrl-C leaves vitest no time for its teardown. */
export function discardServer(dataDir: string): void {
  const note = join(dataDir, "postgres", "postmaster.pid");
  try {
    process.kill(Number(readFileSync(note, "utf8").split("\n")[0]), "SIGQUIT");
    // It removes its note last of all; until then it would write into the folder that we remove.
    for (let waited = 0; existsSync(note) && waited < 3000; waited += 20) pause(20);
  } catch {} // none runs
  rmSync(dataDir, { recursive: true, force: true });
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Ends what killed runs left behind. */
export function discardAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(name.startsWith(folderPrefix) && name.slice(folderPrefix.length).split("-")[0]);
    const ours = pid > 0 && statSync(join(tmpdir(), name), { throwIfNoEntry: false })?.uid === process.getuid?.();
    if (ours && !isAlive(pid)) discardServer(join(tmpdir(), name));
  }
}
