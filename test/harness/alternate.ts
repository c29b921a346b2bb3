import { createServer, type IncomingMessage, request } from "node:http";

export interface Alternating {
  url: string;
  /** Every answer's bytes, of all requests. */
  answers: Buffer[];
  /** Runs before a request is handed on. */
  before: (request: IncomingMessage) => unknown;
  close(): Promise<void>;
}

/** Hands each request to another replica than the one before, as a load balancer may. */
export async function alternate(replicas: string[]): Promise<Alternating> {
  let count = 0;
  const server = createServer(async (incoming, outgoing) => {
    await alternating.before(incoming);
    const { hostname, port } = new URL(replicas[count++ % replicas.length] ?? "");
    const { method, url, headers } = incoming;
    const onward = request({ hostname, port, method, path: url, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 0, answer.rawHeaders);
      answer.on("data", (piece: Buffer) => alternating.answers.push(piece));
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const alternating: Alternating = {
    url: `http://127.0.0.1:${port}`,
    answers: [],
    before: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return alternating;
}
