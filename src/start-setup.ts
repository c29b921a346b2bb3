import { once } from "node:events";
import type { Server } from "node:http";
import { readAppManifest } from "./actions/setup/app-manifest.ts";
import type { CreatedApp } from "./actions/setup/create-github-app.ts";
import type { SetupChoices } from "./actions/setup/setup-choices.ts";
import { beginSetup, type SetupProgress } from "./actions/setup/setup-progress.ts";
import type { Environment } from "./config/environment.ts";
import type { SetupConfig } from "./config/setup-config.ts";
import { buildSetupServer } from "./http/setup/pages.ts";
import { buildTerminalServer } from "./http/setup/terminal.ts";
import type { Log } from "./log.ts";

interface Deps {
  log: Log;
  fetch: typeof globalThis.fetch;
  /** Milliseconds on a clock that only goes forward; this process's unless given. */
  now?: () => number;
}

/** How long the last page may take to be asked for. */
const lastPageMs = 5_000;

const ownClock = () => performance.now();

/** Something that runs and can be stopped. */
export interface Stoppable {
  stop(): Promise<void>;
}

export interface Setup extends Stoppable {
  /** Where it listens. */
  url: string;
  /** The one-time link. */
  link: string;
  /** Resolves when onbehalf runs for real in its place; rejects with why it could not start. */
  done: Promise<void>;
}

/** What is started for real, and when it may take the port over. */
export interface Takeover {
  environment: Environment;
  port: number;
  /** To be called right before listening: set-up gives up the port, and answers what it is in the middle of. */
  releasePort(): Promise<void>;
}

/**
 * Serves set-up and nothing else, until it is done.
 * @param deps.start starts for real
 * @throws ConfigError when the result of a set-up could not be written
 */
export async function startSetup(
  deps: Deps & { start(takeover: Takeover): Promise<Stoppable> },
  config: SetupConfig,
): Promise<Setup> {
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  done.catch(() => {}); // whoever waits for it hears of it, too
  let real: Promise<Stoppable> | undefined;
  const progress = await beginSetup(deps, config);
  const { server, gate } = await buildSetupServer({
    ...deps,
    now: deps.now ?? ownClock,
    progress,
    config,
    manifest: await readAppManifest(),
    begin: async (environment) => {
      real ??= deps.start({ environment, port, releasePort: () => stopListening(server.server) });
      await real;
    },
  });
  server.addHook("onRequest", async (request, reply) => {
    if (request.routeOptions.url !== "/setup/start") return;
    // Once its last answer is out, or nobody waits for it, set-up is over: for good, or with a start that failed.
    reply.raw.once("close", () => {
      real?.finally(end).then(() => resolve(), reject);
    });
  });
  await server.ready();
  // Not Fastify's own listen: it may open several sockets, and all of them have to be given up at once.
  const port = await listen(server.server, config);
  const end = async () => {
    await stopListening(server.server);
    server.server.closeAllConnections();
    await server.close();
  };
  const url = `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`;
  const reached = config.host === "0.0.0.0" || config.host === "::" ? `http://127.0.0.1:${port}` : url;
  deps.log.info({ address: url }, "onbehalf is not set up yet: only set-up is served");
  return {
    url,
    link: `${config.publicUrl ?? reached}${gate.link}`,
    done,
    async stop() {
      const running = await real?.catch(() => undefined);
      await end();
      await running?.stop();
    },
  };
}

/** Set-up from a terminal: a listener on loopback that hands over to GitHub and takes the browser back. */
export interface TerminalSetup extends Stoppable {
  /** The one-time link. */
  link: string;
  /** Resolves when the app exists and its keys are here. */
  created: Promise<CreatedApp>;
}

/** Listens on loopback for as long as it takes to create the app. */
export async function listenForApp(
  deps: Deps,
  request: { choices: SetupChoices; progress: SetupProgress; webhookProxyUrl: string | null },
): Promise<TerminalSetup> {
  const { promise: created, resolve } = Promise.withResolvers<CreatedApp>();
  const address = { host: "127.0.0.1", port: 0 };
  let origin = "";
  const { server, gate } = await buildTerminalServer({
    ...deps,
    ...request,
    now: deps.now ?? ownClock,
    config: request,
    manifest: await readAppManifest(),
    redirectOrigin: () => origin,
  });
  server.addHook("onResponse", async ({ routeOptions }) => {
    const { stage } = request.progress;
    if (stage.name === "asking" || stage.name === "creating") return;
    // The person should still see the page that sends them back to the terminal.
    if (routeOptions.url === "/setup") resolve(stage.app);
    else setTimeout(() => resolve(stage.app), lastPageMs).unref();
  });
  await server.ready();
  origin = `http://127.0.0.1:${await listen(server.server, address)}`;
  return {
    link: `${origin}${gate.link}`,
    created,
    async stop() {
      await stopListening(server.server);
      server.server.closeAllConnections();
      await server.close();
    },
  };
}

async function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  server.listen({ host, port });
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address ? address.port : port;
}

/** Frees the port at once. Requests that are being answered go on. */
async function stopListening(server: Server): Promise<void> {
  if (server.listening) server.close();
  await new Promise((resolve) => setImmediate(resolve));
}
