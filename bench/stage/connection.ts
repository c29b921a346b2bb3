import { connect } from "node:net";

/** A connection that is kept alive and has one request under way at a time. */
export interface Connection {
  /** @returns the answer's status */
  send(request: Buffer): Promise<number>;
  close(): void;
}

/**
 * Opens one. It reads no more of HTTP than what tells where an answer ends: a real client's work would take from the
 * server that is measured, which has the same two cores.
 */
export async function openConnection(port: number): Promise<Connection> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  let waiting: { resolve(status: number): void; reject(error: Error): void } | undefined;
  let received = "";
  socket.setEncoding("latin1");
  socket.on("data", (text: string) => {
    received += text;
    if (!isWhole(received)) return;
    const status = Number(received.slice(9, 12));
    received = "";
    waiting?.resolve(status);
  });
  socket.on("close", () => waiting?.reject(new Error("the server closed a connection")));
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).on("error", reject));
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}

function isWhole(answer: string): boolean {
  const head = answer.indexOf("\r\n\r\n");
  if (head === -1) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer.slice(0, head + 2))?.[1];
  if (length !== undefined) return answer.length >= head + 4 + Number(length);
  return answer.endsWith("\r\n0\r\n\r\n");
}
