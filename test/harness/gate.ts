import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { Sandbox } from "../../sandbox/index.ts";

/** A gate before the sandbox's API: what passes waits there for what the test does meanwhile. */
export interface Gate {
  /** For GITHUB_API_URL. */
  apiUrl: string;
  /** Does something before the next matching requests reach GitHub. A request matches by its path and body. */
  before(match: string, act: () => unknown, times?: number): void;
  /** Does something when GitHub has handled the next matching request, before its answer is passed on. */
  after(match: string, act: () => unknown): void;
  /** Forgets what has not happened yet. */
  clear(): void;
  close(): Promise<void>;
}

interface Waiting {
  place: "before" | "after";
  match: string;
  act: () => unknown;
  left: number;
}

/** Headers that belong to one connection, or to a body as it was sent. */
const hopHeaders = ["connection", "content-encoding", "content-length", "host", "keep-alive", "transfer-encoding"];

export async function openGate(sandbox: Sandbox): Promise<Gate> {
  let waiting: Waiting[] = [];
  const meet = async (place: Waiting["place"], subject: string) => {
    const found = waiting.find((one) => one.left > 0 && one.place === place && subject.includes(one.match));
    if (!found) return;
    found.left--;
    await found.act();
  };

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const subject = `${request.url} ${body.toString("latin1")}`;
    await meet("before", subject);
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) {
      if (typeof value === "string" && !hopHeaders.includes(name)) headers.set(name, value);
    }
    const method = request.method ?? "GET";
    const answer = await fetch(`${sandbox.webUrl}${request.url}`, {
      method,
      headers,
      redirect: "manual",
      ...(["GET", "HEAD"].includes(method) ? {} : { body: new Uint8Array(body) }),
    });
    await meet("after", subject);
    response.statusCode = answer.status;
    for (const [name, value] of answer.headers) if (!hopHeaders.includes(name)) response.setHeader(name, value);
    response.end(Buffer.from(await answer.arrayBuffer()));
  }

  const server = createServer((request, response) => {
    pass(request, response).catch((error) => response.destroy(error));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("the gate listens on no port");
  const path = new URL(sandbox.apiUrl).pathname.replace(/\/$/, "");
  return {
    apiUrl: `http://127.0.0.1:${address.port}${path}`,
    before: (match, act, times = 1) => void waiting.push({ place: "before", match, act, left: times }),
    after: (match, act) => void waiting.push({ place: "after", match, act, left: 1 }),
    clear: () => {
      waiting = [];
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
