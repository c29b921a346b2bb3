import { fork } from "node:child_process";
import { once } from "node:events";
import { BenchError } from "../bench-error.ts";

/** A program of the benchmark's in a process of its own, which is asked one thing at a time. */
export interface Child {
  /** Its first word. */
  first: unknown;
  ask(question: object): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * Starts one, and waits for its first word. It ends when it is disconnected.
 * @param order what its first argument says
 */
export async function startChild(script: URL, name: string, order: object): Promise<Child> {
  // In a session of its own: a Ctrl-C must reach the benchmark alone, which stops everything in order.
  const child = fork(script, [JSON.stringify(order)], { detached: true, stdio: ["ignore", 2, 2, "ipc"] });
  const exited = once(child, "exit");
  const failed = exited.then(() => {
    throw new BenchError(`${name} ended unexpectedly; it says above why.`);
  });
  failed.catch(() => {}); // whoever waits for it is told
  const [first] = await Promise.race([once(child, "message"), failed]);
  return {
    first,
    async ask(question) {
      const answer = once(child, "message");
      child.send(question);
      const [said] = await Promise.race([answer, failed]);
      return said;
    },
    async close() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
