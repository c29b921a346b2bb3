import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { z } from "zod";
import { BenchError } from "../bench-error.ts";
import { answered, type Order, ready } from "./github-messages.ts";

const script = fileURLToPath(new URL("github-process.ts", import.meta.url));

/** A GitHub of our own, in a process of its own. */
export interface Github extends z.infer<typeof ready> {
  /** How many requests it got since this was asked last, whoever sent them. */
  countRequests(): Promise<number>;
  /** How many of them were to refresh a token; the count of all begins anew, too. */
  countRefreshes(): Promise<number>;
  head(repository: string): Promise<string>;
  close(): Promise<void>;
}

export async function startGithub(order: Order): Promise<Github> {
  // In a session of its own: a Ctrl-C must reach the benchmark alone, which stops everything in order.
  const child = fork(script, [JSON.stringify(order)], { detached: true, stdio: ["ignore", 2, 2, "ipc"] });
  const exited = once(child, "exit");
  const failed = exited.then(() => {
    throw new BenchError("The sandbox ended unexpectedly; it says above why.");
  });
  failed.catch(() => {}); // whoever waits for it is told
  const [first] = await Promise.race([once(child, "message"), failed]);

  let asked = 0;
  const waiting = new Map<number, (answer: number | string) => void>();
  child.on("message", (message) => {
    const { id, answer } = answered.parse(message);
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  const ask = (question: object): Promise<number | string> => {
    const id = asked++;
    const answer = new Promise<number | string>((resolve) => waiting.set(id, resolve));
    child.send({ id, ...question });
    return Promise.race([answer, failed]);
  };
  return {
    ...ready.parse(first),
    countRequests: async () => Number(await ask({ ask: "requests" })),
    countRefreshes: async () => Number(await ask({ ask: "refreshes" })),
    head: async (repository) => String(await ask({ ask: "head", repository })),
    close: async () => {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
