import { once } from "node:events";
import { createServer } from "node:net";

/** A port that nothing listened on a moment ago. Somebody may still take it first: the caller tries again. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (!address || typeof address === "string") throw new Error("No TCP port is free on 127.0.0.1");
  return address.port;
}
