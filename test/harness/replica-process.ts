import { emptyFolder, type Program, runProgram } from "./program.ts";
import type { Stack } from "./stack.ts";

/** A replica on a stack's database, as a process of its own. */
export interface ReplicaProcess extends Program {
  url: string;
  /** As a power cut: nothing is finished. */
  kill(): Promise<void>;
}

/** Starts one, and waits until it listens. */
export async function startReplicaProcess(stack: Stack, changes: Record<string, string> = {}): Promise<ReplicaProcess> {
  const folder = await emptyFolder();
  const given = Object.entries({ ...stack.environment, ...changes, PORT: "0", LOG_LEVEL: "info" });
  const environment = Object.fromEntries(given.filter((entry): entry is [string, string] => entry[1] !== undefined));
  const program = runProgram(["start"], { folder: folder.path, environment });
  const [, url = ""] = await program.says(/"address":"([^"]+)"/);
  const ended = program.ended.finally(() => folder.remove());
  return {
    ...program,
    url,
    ended,
    async kill() {
      program.child.kill("SIGKILL");
      await ended;
    },
  };
}
