import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/**
 * A channel that speaks smee's protocol (https://github.com/probot/smee.io/blob/main/lib/server.js): what is posted to
 * it comes out as a server-sent event, with the headers and the parsed body in one object.
 */
export interface SmeeChannel {
  url: string;
  /** How many listen. */
  listeners(): number;
  /** Resolves when somebody listens. */
  heard(): Promise<void>;
  /** Breaks the connections of those who listen. */
  drop(): void;
  /** Answers as no channel does until told otherwise. */
  refuse(refused: boolean): void;
  close(): Promise<void>;
}

/**
 * @param options.raw the field in which the text of a body is handed on beside the parsed one
 * @param options.refused begins as if `refuse(true)` had been called
 */
export async function startSmeeChannel(
  options: { raw?: "rawdata" | "rawbody"; refused?: boolean } = {},
): Promise<SmeeChannel> {
  const listening = new Set<ServerResponse>();
  let refused = options.refused ?? false;
  let count = 0;
  const waiting: (() => void)[] = [];
  const server = createServer(async (request, response) => {
    if (refused) return void response.writeHead(502).end("<h1>Bad Gateway</h1>");
    if (request.method === "GET") {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
      // smee.io leaves it at the client's three seconds; a test needn't wait for them.
      response.write(`retry: 20\nid: ${count++}\nevent: ready\ndata: {}\n\n`);
      listening.add(response);
      response.on("close", () => listening.delete(response));
      for (const hear of waiting.splice(0)) hear();
      return;
    }
    const text = await read(request);
    const raw = options.raw ? { [options.raw]: text } : {};
    const event = { ...request.headers, body: JSON.parse(text), ...raw, query: {}, timestamp: Date.now() };
    for (const one of listening) one.write(`id: ${count++}\ndata: ${JSON.stringify(event)}\n\n`);
    response.writeHead(200).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/a-channel`,
    listeners: () => listening.size,
    heard: () => (listening.size > 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    drop: () => {
      for (const one of listening) one.destroy();
      listening.clear();
    },
    refuse: (wanted) => {
      refused = wanted;
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}
