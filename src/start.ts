import type { AddressInfo } from "node:net";
import type { Environment } from "./config/environment.ts";
import type { Config } from "./config/read-config.ts";
import { startJobs } from "./jobs/start-jobs.ts";
import type { Log } from "./log.ts";
import { createMetrics } from "./metrics/create-metrics.ts";
import { ownVersion } from "./metrics/own-version.ts";
import type { Provider } from "./providers/provider.ts";
import { carryRequestId, createRequestIds, type RequestIds } from "./request-ids.ts";
import { buildServer } from "./server.ts";
import { createServices } from "./services.ts";
import { listenForAccountChanges } from "./store/accounts/account-changes.ts";
import { setAuditStreamed } from "./store/audit-stream.ts";
import { awaitDatabase } from "./store/await-database.ts";
import { openDatabase } from "./store/database.ts";
import { startEmbedded } from "./store/embedded/start-embedded.ts";
import { verifyEncryptionKeys } from "./store/encryption-keys.ts";
import { setEventsWanted } from "./store/events/events.ts";
import { inspectMigrations } from "./store/inspect-database.ts";
import { migrate } from "./store/migrate.ts";
import { verifyIssuers } from "./store/provider-issuers.ts";
import { forwardDeliveries } from "./webhooks/forward-deliveries.ts";

export interface Running {
  /** Where it listens. */
  url: string;
  /** Stops in reverse order of the start. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts everything in order, and undoes what it began when a step fails.
 * @param deps.programEnvironment what git may know of our environment
 * @param deps.interrupt where given, a database that can't be reached is waited for until this is aborted
 * @param deps.requestIds those that the log writes
 * @param deps.providers beside those that are configured
 * @param deps.releasePort called right before listening, for whoever has the port until then
 * @throws ConfigError, EmbeddedError, or what the step failed with
 */
export async function start(
  deps: {
    log: Log;
    fetch: typeof globalThis.fetch;
    providers?: Provider[];
    programEnvironment?: Environment;
    releasePort?: () => Promise<void>;
    interrupt?: AbortSignal;
    requestIds?: RequestIds;
  },
  config: Config,
): Promise<Running> {
  const { log, requestIds = createRequestIds() } = deps;
  const fetch = carryRequestId(deps.fetch, requestIds);
  const metrics = createMetrics({ version: ownVersion(), node: process.versions.node });
  const undo: (() => Promise<unknown>)[] = [];
  const unwind = async () => {
    for (let release = undo.pop(); release; release = undo.pop()) {
      await release().catch((error) => log.error({ err: error }, "a part did not stop cleanly"));
    }
  };
  try {
    let url = config.databaseUrl;
    if (!url) {
      const embedded = await startEmbedded({ log: (line) => log.info(line) }, config);
      undo.push(embedded.stop);
      url = embedded.url;
    }
    if (deps.interrupt) await awaitDatabase({ log, signal: deps.interrupt }, { url });
    const { applied } = await migrate({ url });
    if (applied.length > 0) log.info({ applied }, "the database was migrated");
    const database = openDatabase({ log }, { url });
    undo.push(database.close);
    const { unknown } = await inspectMigrations(database);
    if (unknown.length > 0)
      log.warn({ unknown }, "a newer version has migrated the database; this one works beside it");
    const changes = listenForAccountChanges({ log }, { url });
    undo.push(changes.close);
    const services = await createServices(
      { ...deps, fetch, database, changes, metrics, requestIds, connections: database.connections },
      config,
    );
    await verifyEncryptionKeys(services);
    await verifyIssuers(services, issuersOf(config));
    undo.push(services.upstream.close);
    undo.push(services.reads.flush);
    undo.push(services.finish);
    await setEventsWanted(database, config.events !== null);
    await setAuditStreamed(database, config.auditSink !== null);
    const jobs = startJobs({
      ...services,
      fetch: deps.fetch,
      events: config.events,
      auditSink: config.auditSink,
      retention: config.retention,
    });
    undo.push(jobs.stop);
    const server = await buildServer({ ...services, wakeHandlers: jobs.wakeHandlers }, config);
    // The jobs begin nothing more while requests are finished: a slow one would give them all that time.
    undo.push(() => Promise.all([server.close(), jobs.stop()]));
    await deps.releasePort?.();
    await server.listen({ host: config.host, port: config.port });
    jobs.listening();
    const address = listenAddress(server.addresses());
    if (config.webhookProxyUrl) {
      const apps = [config.github, ...(config.githubLite ? [config.githubLite] : [])];
      const targets = new Map(apps.map((app) => [app.appId, `${reachable(address)}/api/${app.provider}/webhooks`]));
      undo.push(forwardDeliveries(deps, { source: config.webhookProxyUrl, targets }).stop);
    }
    log.info({ address, publicUrl: config.publicUrl }, "onbehalf is listening");
    return { url: address, stop: unwind };
  } catch (error) {
    await unwind();
    throw error;
  }
}

/** Of the providers whose people are known by issuer and subject. */
function issuersOf({ google, fileProviders }: Config): Map<string, string> {
  const described = fileProviders.flatMap(({ id, entry }): [string, string][] =>
    entry.issuer === undefined ? [] : [[id, entry.issuer]],
  );
  return new Map([...described, ...(google ? [["google", google.issuer] as const] : [])]);
}

function listenAddress([address]: (string | AddressInfo)[]): string {
  if (!address || typeof address === "string") throw new Error("the server listens nowhere");
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

/** An address to call ourselves at: "all addresses" is none on every system. */
function reachable(address: string): string {
  return address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
}
