import { once } from "node:events";
import { connect } from "node:net";

/**
 * What is answered to a request before all of it was sent: only the part is, and the rest never comes. A client would
 * go on sending, and could see the connection end before it reads the answer.
 * @param lines the request's, with an empty one before a body; the last one may be a part of itself
 */
export async function halfSent(url: string, lines: string[]): Promise<{ status: number; text: string }> {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  try {
    socket.write([lines[0], `host: ${host}`, ...lines.slice(1)].join("\r\n"));
    const [data] = await once(socket, "data");
    const text = String(data);
    return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]), text };
  } finally {
    socket.destroy();
  }
}
