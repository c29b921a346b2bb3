import { LRUCache } from "lru-cache";
import { contractTimes } from "./actions/accounts/refresh-times.ts";
import type { TokenDeps } from "./actions/accounts/refreshing.ts";
import { createReadLog } from "./actions/acting/read-log.ts";
import { createTurns } from "./actions/acting/take-turns.ts";
import { createBranchLine } from "./actions/commits/branch-line.ts";
import { createWriteQueue } from "./actions/commits/write-queue.ts";
import type { Handle } from "./actions/deliveries/handle-deliveries.ts";
import { actOnEvent } from "./actions/provider-events/act-on-event.ts";
import { readEvent } from "./actions/provider-events/event-payload.ts";
import { callbackUrl } from "./actions/sign-in/start-authorization.ts";
import type { Environment } from "./config/environment.ts";
import type { Config } from "./config/read-config.ts";
import { createKeyring } from "./crypto/keyring.ts";
import { Problem } from "./errors.ts";
import { createMirrors } from "./git/mirrors.ts";
import { createAppInstallation } from "./github/app-installation.ts";
import { createGithubClient } from "./github/client.ts";
import type { HttpDeps } from "./http/deps.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics/create-metrics.ts";
import { createProviders } from "./providers/index.ts";
import type { Provider } from "./providers/provider.ts";
import { createUpstream } from "./providers/upstream.ts";
import { createReceivers } from "./receivers.ts";
import type { RequestIds } from "./request-ids.ts";
import type { AccountChanges } from "./store/accounts/account-changes.ts";
import { readTogether } from "./store/authorities.ts";
import type { Database } from "./store/database.ts";
import type { IntakeDeps } from "./webhooks/intake.ts";
import { storeInBatches } from "./webhooks/store-in-batches.ts";

export type Services = TokenDeps &
  HttpDeps &
  Omit<IntakeDeps, "wakeHandlers"> & {
    handleDelivery: Handle;
    /** Lets nobody begin a refresh any more, and waits for work that outlived its callers: renewed pairs are written. */
    finish(): Promise<void>;
  };

/** Wires everything, once. Opens and starts nothing. */
export async function createServices(
  deps: {
    database: Database;
    changes: AccountChanges;
    log: Log;
    fetch: typeof globalThis.fetch;
    metrics: Metrics;
    connections?: HttpDeps["connections"];
    requestIds: RequestIds;
    providers?: Provider[];
    programEnvironment?: Environment;
  },
  config: Config,
): Promise<Services> {
  const { github, githubLite, amocrm } = config;
  const configured = [github, ...(githubLite ? [githubLite] : [])];
  const amocrmClient = amocrm && {
    ...amocrm,
    redirectUri: callbackUrl(config, "amocrm"),
    // Of an integration, whoever sends them (facts/amocrm.md, 5); two of them are for our own calls alone.
    turn: createTurns(deps, { name: "amocrm", perSecond: 7 }),
    callersTurn: createTurns(deps, { name: "amocrm", perSecond: 7, most: 5 }),
  };
  const client = createGithubClient(deps, github);
  const own = { github, githubLite, google: config.google, amocrm: amocrmClient, file: config.fileProviders };
  const providers = createProviders(deps, own, deps.providers);
  const stopping = new AbortController();
  const services: TokenDeps & HttpDeps = {
    database: deps.database,
    changes: deps.changes,
    log: deps.log,
    keyring: createKeyring(config.encryptionKeys),
    providers,
    client,
    apps: new Map(configured.map((app) => [app.provider, createAppInstallation({ ...deps, client }, app)])),
    writes: createWriteQueue(),
    branchLine: createBranchLine(deps),
    mirrors: createMirrors(
      { environment: deps.programEnvironment ?? {} },
      { dataDir: config.dataDir, serverUrl: github.webUrl, mostBytes: config.syncMaxMb * 1024 ** 2 },
    ),
    githubUrl: github.webUrl,
    apiUrl: github.apiUrl,
    upstream: createUpstream(deps),
    metrics: deps.metrics,
    connections: deps.connections ?? (() => ({ total: 0, idle: 0, waiting: 0 })),
    requestIds: deps.requestIds,
    reads: createReadLog(deps),
    readAuthority: readTogether(deps.database),
    botKeysOnLookAlike: config.botKeysOnLookAlike,
    recentlyUsed: new LRUCache({ max: 10_000, ttl: 60_000 }),
    boundNames: new LRUCache({ max: 10_000, ttl: 60_000 }),
    publicUrl: config.publicUrl,
    times: contractTimes,
    returnToOrigins: config.returnToOrigins,
    signIn: config.signIn,
    adminUsers: config.adminUsers,
    userTokensEnabled: config.userTokensEnabled,
    refreshes: new Map(),
    background: new Set(),
    stopping: stopping.signal,
  };
  const receivers = await createReceivers(deps, services, configured);
  return {
    ...services,
    async finish() {
      stopping.abort();
      while (services.background.size > 0) await Promise.all(services.background);
    },
    storeDelivery: storeInBatches(services),
    receivers,
    // What a delivery begins says so, in the log and at the provider.
    handleDelivery: ({ provider, ...delivery }) =>
      deps.requestIds.run(delivery.deliveryId, async () => {
        const receiver = receivers.find((one) => one.provider === provider);
        if (receiver) return receiver.handle(delivery);
        const other = services.providers.get(provider);
        if (!other) throw new Problem("provider_configuration", `There is no provider "${provider}" any more.`);
        await actOnEvent(services, { provider: other, event: readEvent(delivery.payload) });
      }),
  };
}
