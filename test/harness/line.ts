import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A line to PostgreSQL that a test can cut. */
export interface Line {
  /** For DATABASE_URL. */
  url: string;
  /** Connections break and new ones are refused, as when PostgreSQL has stopped. */
  cut(): Promise<void>;
  /** Connections stand and say nothing, as when the network swallows every packet. */
  silence(): void;
  /** As it was. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

export async function openLine(databaseUrl: string): Promise<Line> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let silent = false;

  function serve(near: Socket): void {
    const far = connect(Number(target.port || 5432), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (data) => {
        if (!silent) to.write(data);
      });
      from.on("error", () => from.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  }

  let server: Server | null = null;
  const listen = (port: number) =>
    new Promise<number>((resolve, reject) => {
      server = createServer(serve);
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => resolve(portOf(server?.address())));
    });
  const hangUp = () =>
    new Promise<void>((resolve) => {
      for (const socket of sockets) socket.destroy();
      if (!server) return resolve();
      server.close(() => resolve());
      server = null;
    });

  const port = await listen(0);
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${port}`;
  return {
    url: url.href,
    cut: hangUp,
    silence: () => {
      silent = true;
    },
    restore: async () => {
      // What was swallowed is lost for good, so that silenced connections are of no use any more.
      if (silent) for (const socket of sockets) socket.destroy();
      silent = false;
      if (!server) await listen(port);
    },
    close: hangUp,
  };
}

function portOf(address: AddressInfo | string | null | undefined): number {
  if (typeof address !== "object" || address === null) throw new Error("the line listens on no port");
  return address.port;
}
