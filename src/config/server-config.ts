import { isIP } from "node:net";
import { readSecureUrl } from "./addresses.ts";
import type { Environment, Fault } from "./environment.ts";
import { readList } from "./sign-in-policy.ts";

export interface StorageConfig {
  /** Null: the embedded PostgreSQL in `dataDir`. */
  databaseUrl: string | null;
  dataDir: string;
}

/** What a server needs that knows nothing of GitHub yet. */
export interface ServerConfig extends StorageConfig {
  host: string;
  port: number;
  logLevel: string;
  trustProxy: string[];
  /** A smee channel that carries GitHub's deliveries to a machine that GitHub can't reach. */
  webhookProxyUrl: string | null;
  /** Who has it may read the metrics; null: this machine alone. */
  metricsToken: string | null;
}

/** Where it listens when nobody says otherwise. */
export const usualListening = { host: "127.0.0.1", port: 3000 };

/** Where the data lives; all that most commands need. */
export function readStorageConfig(env: Environment): StorageConfig {
  return { databaseUrl: env.DATABASE_URL || null, dataDir: env.DATA_DIR || "data" };
}

/** Reads where to listen, what to log, and where the data lives. */
export function readServerConfig(env: Environment, fault: Fault): ServerConfig {
  const given = readInteger(env.PORT, usualListening.port);
  const port = given !== null && given <= 65_535 ? given : null;
  if (port === null) fault(`PORT is "${env.PORT}": give a port number from 0 to 65535.`);
  const logLevel = env.LOG_LEVEL || "info";
  if (!["trace", "debug", "info", "warn", "error", "fatal", "silent"].includes(logLevel)) {
    fault(`LOG_LEVEL is "${logLevel}": use trace, debug, info, warn, error, fatal or silent.`);
  }
  const trustProxy = readList(env.TRUST_PROXY);
  for (const entry of trustProxy.filter((address) => !isProxy(address))) {
    fault(`TRUST_PROXY holds "${entry}": name each proxy by address or network, such as 10.0.0.2 or 10.0.0.0/8.`);
  }
  const storage = readStorageConfig(env);
  if (storage.databaseUrl && !/^postgres(ql)?:$/.test(URL.parse(storage.databaseUrl)?.protocol ?? "")) {
    fault("DATABASE_URL is not an address such as postgres://user:password@host:5432/database.");
  }
  const proxy = env.WEBHOOK_PROXY_URL;
  return {
    ...storage,
    host: env.HOST || usualListening.host,
    port: port ?? usualListening.port,
    logLevel,
    trustProxy,
    metricsToken: readMetricsToken(env, fault),
    webhookProxyUrl: proxy ? readSecureUrl(proxy, fault, "WEBHOOK_PROXY_URL") : null,
  };
}

/** Guessing it must be hopeless, also over a year. */
function readMetricsToken({ METRICS_TOKEN: token }: Environment, fault: Fault): string | null {
  if (!token) return null;
  if (!/^[\x21-\x7e]{16,}$/.test(token)) {
    fault("METRICS_TOKEN is shorter than 16 characters, or has blanks: take the output of `openssl rand -hex 24`.");
  }
  return token;
}

/** Whether an entry names proxies as Fastify takes them; a mere `true` would let anybody choose their address. */
function isProxy(entry: string): boolean {
  if (["loopback", "linklocal", "uniquelocal"].includes(entry)) return true;
  const [address = "", prefix, ...rest] = entry.split("/");
  const bits = { 4: 32, 6: 128 }[isIP(address)] ?? -1;
  const fits = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
  return bits > 0 && rest.length === 0 && fits;
}

/** A whole number; null when the text is none. */
export function readInteger(value: string | undefined, fallback: number): number | null {
  if (!value) return fallback;
  return /^\d{1,15}$/.test(value) ? Number(value) : null;
}
