import { createServer, type IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";

/** What came in, as it was sent. */
export interface Received {
  id: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** Whether the signature is right by the receiver's own secret. */
  verified: boolean;
  event: { type: string; timestamp: string; data: Record<string, unknown> };
}

/** How one request is answered; null: not at all. */
export type Answer = { status: number; headers?: Record<string, string>; body?: string } | null;

/** A host platform's receiver on this machine, which verifies as Standard Webhooks says, with that library. */
export interface EventReceiver {
  url: string;
  /** All that came, the oldest first. */
  received: Received[];
  /** What is verified with. */
  secret: string;
  /** How requests are answered from now on, by what came; 204, unless something is said. */
  answer: (received: Received) => Answer | Promise<Answer>;
  close(): Promise<void>;
}

export async function openEventReceiver(secret: string): Promise<EventReceiver> {
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const headers = request.headers;
    const entry = {
      id: String(headers["webhook-id"]),
      path: request.url ?? "",
      headers,
      body,
      verified: verifies(headers, body),
      event: JSON.parse(body),
    };
    receiver.received.push(entry);
    const answer = await receiver.answer(entry);
    if (!answer) return request.socket.destroy();
    response.writeHead(entry.verified ? answer.status : 401, answer.headers);
    response.end(answer.body);
  });
  const verifies = (headers: IncomingHttpHeaders, body: string) => {
    const given = Object.entries(headers).map(([name, value]) => [name, String(value)]);
    try {
      new Webhook(receiver.secret).verify(body, Object.fromEntries(given));
      return true;
    } catch {
      return false;
    }
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const receiver: EventReceiver = {
    url: `http://127.0.0.1:${port}/hooks/onbehalf/`,
    received: [],
    secret,
    answer: () => ({ status: 204 }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
