import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { z } from "zod";
import { programEnvironment } from "./program-environment.ts";
import { answer, type beginning } from "./refresher-messages.ts";

const entry = fileURLToPath(new URL("./refresher.ts", import.meta.url));

/** A process that refreshes accounts, to be killed or frozen in the middle of it. */
export interface RefresherProcess {
  pid: number;
  /** Has it bring an account to a fresh token. @returns "fresh", the code of a problem, or "died" */
  ask(accountId: string): Promise<string>;
  /** As a power cut. */
  kill(): Promise<void>;
  freeze(): void;
  goOn(): void;
}

export async function startRefresher(given: z.infer<typeof beginning>): Promise<RefresherProcess> {
  const child: ChildProcess = fork(entry, { execArgv: [], env: programEnvironment() });
  const ended = once(child, "exit");
  child.send(given);
  await Promise.race([
    once(child, "message"),
    ended.then(() => {
      throw new Error("the process ended before it was ready");
    }),
  ]);
  const waiting = new Map<number, (told: string) => void>();
  let questions = 0;
  child.on("message", (message) => {
    const { id, told } = answer.parse(message);
    waiting.get(id)?.(told);
    waiting.delete(id);
  });
  child.on("exit", () => {
    for (const resolve of waiting.values()) resolve("died");
  });
  return {
    pid: child.pid ?? 0,
    ask(accountId) {
      const id = questions++;
      const told = new Promise<string>((resolve) => waiting.set(id, resolve));
      child.send({ id, accountId }, (error) => error && waiting.get(id)?.("died"));
      return told;
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    freeze: () => void child.kill("SIGSTOP"),
    goOn: () => void child.kill("SIGCONT"),
  };
}
