import type { z } from "zod";
import { startChild } from "../stage/child.ts";
import { called, type Errand, type ReplicaOrder, verified } from "./replica-messages.ts";

const script = new URL("replica-process.ts", import.meta.url);

/** A replica in a process of its own, which does one errand at a time. */
export interface Replica {
  call(accounts: string[], options: { patient: boolean }): Promise<z.infer<typeof called>>;
  verify(holders: { accountId: string; uid: number }[]): Promise<z.infer<typeof verified>>;
  close(): Promise<void>;
}

/** Starts one, and waits until it can be called. */
export async function startReplica(order: ReplicaOrder): Promise<Replica> {
  const child = await startChild(script, "A replica", order);
  const ask = (errand: Errand) => child.ask(errand);
  return {
    call: async (accounts, { patient }) => called.parse(await ask({ do: "call", accounts, patient })),
    verify: async (holders) => verified.parse(await ask({ do: "verify", holders })),
    close: child.close,
  };
}
