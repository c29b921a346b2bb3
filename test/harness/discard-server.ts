import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

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
