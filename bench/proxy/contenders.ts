import { z } from "zod";
import { freePort } from "../../src/store/embedded/free-port.ts";
import { BenchError } from "../bench-error.ts";
import { type Child, startChild } from "../stage/child.ts";
import { inTurns } from "../stage/in-turns.ts";
import type { Person, Stage } from "../stage/stage.ts";
import { listening } from "./messages.ts";
import { answerPath, repository } from "./paths.ts";

/** A way to the same origin. */
export interface Way {
  name: "direct" | "bare" | "onbehalf";
  title: string;
  port: number;
  /** Of the small answer. */
  path: string;
}

/** The origin in a process of its own, in front of the sandbox. */
export async function startOrigin(order: { apiUrl: string; bytes: number }): Promise<Child & { url: string }> {
  const child = await startChild(new URL("origin-process.ts", import.meta.url), "The origin", order);
  return { ...child, url: `http://127.0.0.1:${listening.parse(child.first).port}` };
}

/** Fastify's own proxy, with nothing else. */
export async function startBareProxy(origin: string): Promise<{ way: Way; close(): Promise<void> }> {
  const port = await freePort();
  const child = await startChild(new URL("bare-process.ts", import.meta.url), "The bare proxy", { port, origin });
  return {
    way: { name: "bare", title: "@fastify/http-proxy alone", port, path: `/api/v3${answerPath}` },
    close: child.close,
  };
}

/** Passes for the repository, as sandboxes get them, of all people in turn. */
export async function makePasses(stage: Stage, count: number): Promise<string[]> {
  const holders = Array.from({ length: count }, (_, index) => stage.people[index % stage.people.length]);
  return inTurns(
    holders.filter((person) => person !== undefined),
    4,
    (person) => makePass(stage, person),
  );
}

async function makePass({ url, key }: Stage, person: Person): Promise<string> {
  const answer = await fetch(`${url}/api/v1/passes`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({
      user: person.reference,
      repositories: [repository],
      capabilities: ["api:read", "api:write"],
      expires_in: 28_800,
      run_url: "https://ci.example.com/runs/1",
    }),
  });
  if (answer.status !== 201) throw new BenchError(`There is no pass: ${answer.status} ${await answer.text()}`);
  return z.object({ pass: z.string() }).parse(await answer.json()).pass;
}
