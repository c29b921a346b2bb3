import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { z } from "zod";
import { BenchError } from "../bench-error.ts";
import { called, type Errand, type ReplicaOrder, verified } from "./replica-messages.ts";

const script = fileURLToPath(new URL("replica-process.ts", import.meta.url));

/** A replica in a process of its own, which does one errand at a time. */
export interface Replica {
  call(accounts: string[]): Promise<z.infer<typeof called>>;
  verify(holders: { accountId: string; uid: number }[]): Promise<z.infer<typeof verified>>;
  close(): Promise<void>;
}

/** Starts one, and waits until it can be called. */
export async function startReplica(order: ReplicaOrder): Promise<Replica> {
  // In a session of its own: a Ctrl-C must reach the benchmark alone, which stops everything in order.
  const child = fork(script, [JSON.stringify(order)], { detached: true, stdio: ["ignore", 2, 2, "ipc"] });
  const exited = once(child, "exit");
  const failed = exited.then(() => {
    throw new BenchError("A replica ended unexpectedly; it says above why.");
  });
  failed.catch(() => {}); // whoever waits for it is told
  await Promise.race([once(child, "message"), failed]);

  const ask = async (errand: Errand): Promise<unknown> => {
    child.send(errand);
    const [answer] = await Promise.race([once(child, "message"), failed]);
    return answer;
  };
  return {
    call: async (accounts) => called.parse(await ask({ do: "call", accounts })),
    verify: async (holders) => verified.parse(await ask({ do: "verify", holders })),
    close: async () => {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
