import { connect, createServer, type Socket } from "node:net";

/** A wire between onbehalf and PostgreSQL that a test can cut. */
export interface DatabaseProxy {
  url: string;
  /** Every connection breaks, and no new one is accepted. */
  cut(): void;
  /** Connections stand and say nothing, as when the network swallows every packet. */
  silence(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function openDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let state: "whole" | "cut" | "silent" = "whole";
  const server = createServer((near) => {
    if (state === "cut") return near.destroy();
    if (state === "silent") {
      sockets.add(near);
      near.on("error", () => near.destroy());
      return;
    }
    const far = connect(Number(target.port || 5432), target.hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy listens on no port");
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String(address.port);
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    cut() {
      state = "cut";
      breakAll();
    },
    silence() {
      state = "silent";
      for (const socket of sockets) socket.unpipe();
    },
    mend() {
      // What was swallowed is lost for good: a connection that was silent is of no use any more.
      if (state === "silent") breakAll();
      state = "whole";
    },
    close() {
      breakAll();
      return new Promise((closed) => server.close(() => closed()));
    },
  };
}
