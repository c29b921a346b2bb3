import { createServer } from "node:http";
import { duringFile } from "./during-file.ts";

/** A host that nobody may be sent to: it counts who comes all the same. */
export interface Canary {
  /** As it stands in an address. */
  host: string;
  origin: string;
  /** How many connections it has had, whatever was said on them. */
  reached(): number;
}

/** One for all tests of a file. */
export function useCanary(): Canary {
  return duringFile(
    async () => {
      let reached = 0;
      const server = createServer((_request, response) => {
        response.writeHead(200, { "content-type": "application/json" }).end("{}");
      });
      server.on("connection", () => {
        reached += 1;
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      if (typeof address !== "object" || !address) throw new Error("the canary does not listen");
      const host = `127.0.0.1:${address.port}`;
      const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
      return { host, origin: `http://${host}`, reached: () => reached, close };
    },
    (canary) => canary.close(),
  );
}
