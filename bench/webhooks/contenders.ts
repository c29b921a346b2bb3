import { setTimeout as wait } from "node:timers/promises";
import { runCommand, startOnbehalf, untilReady } from "../../demo/onbehalf.ts";
import { createLog } from "../../src/log.ts";
import { one, openDatabase } from "../../src/store/database.ts";
import { freePort } from "../../src/store/embedded/free-port.ts";
import { startChild } from "../stage/child.ts";
import type { Github } from "../stage/github.ts";

/** Who takes deliveries. */
export interface Contender {
  name: "onbehalf" | "probot";
  title: string;
  port: number;
  /** Waits until everything that was taken is handled. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** onbehalf as it is started, with its PostgreSQL. */
export async function onbehalfAlone(
  place: { folder: string; databaseUrl: string; github: Github },
  signal: AbortSignal,
): Promise<Contender> {
  const { folder, databaseUrl, github } = place;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const running = startOnbehalf({
    folder,
    environment: {
      PUBLIC_URL: url,
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      ENCRYPTION_KEYS: await runCommand({ folder, environment: {} }, ["keys", "generate"], signal),
      GITHUB_URL: github.webUrl,
      GITHUB_API_URL: github.apiUrl,
      APP_ID: String(github.app.id),
      PRIVATE_KEY: github.app.privateKey,
      WEBHOOK_SECRET: github.app.webhookSecret,
      GITHUB_CLIENT_ID: github.app.clientId,
      GITHUB_CLIENT_SECRET: github.app.clientSecret,
      LOG_LEVEL: "warn",
    },
  });
  const log = createLog({ level: "warn" }, { write: (line) => process.stderr.write(line) });
  const database = openDatabase({ log }, { url: databaseUrl, connections: 1 });
  const close = async () => {
    await running.stop();
    await database.close();
  };
  try {
    await untilReady(running, url, signal);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    name: "onbehalf",
    title: "onbehalf, each one stored first",
    port,
    async settled() {
      const text = "SELECT count(*)::integer AS left FROM deliveries WHERE state = 'received'";
      while (one(await database.query<{ left: number }>({ text })).left > 0) await wait(20, undefined, { signal });
    },
    close,
  };
}

/** Probot's own server, with the same secret. */
export async function bareProbot({ app }: Github): Promise<Contender> {
  const port = await freePort();
  const order = { port, appId: app.id, privateKey: app.privateKey, secret: app.webhookSecret };
  const child = await startChild(new URL("probot-process.ts", import.meta.url), "Probot", order);
  return { name: "probot", title: "bare Probot, nothing stored", port, settled: async () => {}, close: child.close };
}
