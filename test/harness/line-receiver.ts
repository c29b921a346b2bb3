import { createServer, type IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";

/** Somebody on this machine who takes lines of JSON. */
export interface LineReceiver {
  url: string;
  /** Every line of every request that was taken, in order. */
  lines: string[];
  headers: IncomingHttpHeaders[];
  /** The status of the next answers, by the lines that came; null: the connection is cut. */
  answer: (lines: string[]) => number | null | Promise<number | null>;
  close(): Promise<void>;
}

export async function openLineReceiver(): Promise<LineReceiver> {
  const server = createServer(async (request, response) => {
    const lines = (await text(request)).split("\n").slice(0, -1);
    const status = await receiver.answer(lines);
    if (status === null) return request.socket.destroy();
    receiver.headers.push(request.headers);
    if (status < 300) receiver.lines.push(...lines);
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const receiver: LineReceiver = {
    url: `http://127.0.0.1:${port}/audit`,
    lines: [],
    headers: [],
    answer: () => 200,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
