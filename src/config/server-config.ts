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
}

/** Where the data lives; all that most commands need. */
export function readStorageConfig(env: Environment): StorageConfig {
  return { databaseUrl: env.DATABASE_URL || null, dataDir: env.DATA_DIR || "data" };
}

/** Reads where to listen, what to log, and where the data lives. */
export function readServerConfig(env: Environment, fault: Fault): ServerConfig {
  const port = readInteger(env.PORT, 3000);
  if (port === null || port > 65_535) fault(`PORT is "${env.PORT}": give a port number from 0 to 65535.`);
  const logLevel = env.LOG_LEVEL || "info";
  if (!["trace", "debug", "info", "warn", "error", "fatal", "silent"].includes(logLevel)) {
    fault(`LOG_LEVEL is "${logLevel}": use trace, debug, info, warn, error, fatal or silent.`);
  }
  const proxy = env.WEBHOOK_PROXY_URL;
  return {
    ...readStorageConfig(env),
    host: env.HOST || "127.0.0.1",
    port: port ?? 3000,
    logLevel,
    trustProxy: readList(env.TRUST_PROXY),
    webhookProxyUrl: proxy ? readSecureUrl(proxy, fault, "WEBHOOK_PROXY_URL") : null,
  };
}

/** A whole number; null when the text is none. */
export function readInteger(value: string | undefined, fallback: number): number | null {
  if (!value) return fallback;
  return /^\d{1,15}$/.test(value) ? Number(value) : null;
}
