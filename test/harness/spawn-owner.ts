import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface Owner {
  process: ChildProcess;
  /** What the process said: an address, or why it was refused. */
  said: { url?: string; started?: boolean; code?: string; message?: string };
  stop(): Promise<void>;
  kill(): Promise<void>;
}

type As = { uid?: number; gid?: number };
const script = fileURLToPath(new URL("embedded-owner.ts", import.meta.url));

/** Runs embedded-owner.ts on a folder in a process of its own, in a process group of its own. */
export async function spawnOwner(dataDir: string, as: As = {}): Promise<Owner> {
  const child = spawn(process.execPath, [script, dataDir], {
    ...as,
    detached: true,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([once(lines, "line"), exited.then(() => [`{"message":"ended silently"}`])]);
  return {
    process: child,
    said: JSON.parse(String(line)),
    stop: async () => {
      child.stdin.write("stop\n");
      await exited;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Why embedded-owner.ts can't be run by that account, or null when it can. */
export function whyNotRunnable(as: As): string | null {
  const read = `require("fs").readFileSync(${JSON.stringify(script)})`;
  const { status, error } = spawnSync(process.execPath, ["-e", read], { ...as, cwd: "/" });
  return status === 0 ? null : `that account can't run Node here or read the clone (${error?.message ?? status})`;
}
