import { readFileSync } from "node:fs";
import { type MasterKey, readMasterKeys } from "./encryption-keys.ts";
import { isLoopback } from "./loopback.ts";

export type Environment = Record<string, string | undefined>;

export type SignInPolicy = { kind: "closed" } | { kind: "open" } | { kind: "org"; name: string };

export interface GithubConfig {
  appId: number;
  privateKey: string;
  webhookSecret: string;
  clientId: string;
  clientSecret: string;
  /** The web address, which also serves OAuth; no slash at its end. */
  webUrl: string;
  /** The REST address; no slash at its end. */
  apiUrl: string;
}

export interface StorageConfig {
  /** Null: the embedded PostgreSQL in `dataDir`. */
  databaseUrl: string | null;
  dataDir: string;
}

export interface Config extends StorageConfig {
  publicUrl: string;
  host: string;
  port: number;
  logLevel: string;
  trustProxy: string[];
  encryptionKeys: readonly [MasterKey, ...MasterKey[]];
  adminUsers: string[];
  signIn: SignInPolicy;
  userTokensEnabled: boolean;
  github: GithubConfig;
}

/** What is wrong with the environment: every fault at once, each with its repair. */
export class ConfigError extends Error {
  readonly faults: string[];

  constructor(faults: string[]) {
    super(
      `The configuration has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}:\n- ${faults.join("\n- ")}`,
    );
    this.name = "ConfigError";
    this.faults = faults;
  }
}

/** Where the data lives; all that most commands need. */
export function readStorageConfig(env: Environment): StorageConfig {
  return { databaseUrl: env.DATABASE_URL || null, dataDir: env.DATA_DIR || "data" };
}

/**
 * Reads the environment.
 * @throws ConfigError naming every fault at once
 */
export function readConfig(env: Environment): Config {
  const faults: string[] = [];
  const fault = (sentence: string): void => {
    faults.push(sentence);
  };
  const required = (name: string, why: string): string => {
    const value = env[name]?.trim();
    if (!value) fault(`${name} is missing: ${why}.`);
    return value ?? "";
  };

  const port = integer(env.PORT, 3000);
  if (port === null || port > 65_535) fault(`PORT is "${env.PORT}": give a port number from 0 to 65535.`);
  const publicUrl = baseUrl(env.PUBLIC_URL || `http://127.0.0.1:${port ?? 3000}`);
  if (!publicUrl) {
    fault("PUBLIC_URL is not an address such as https://onbehalf.example.com: no path, query or user name.");
  } else if (publicUrl.protocol === "http:" && !isLoopback(publicUrl.hostname)) {
    fault("PUBLIC_URL is http:// for a host that is not loopback: use https://, since cookies and codes pass there.");
  } else if (publicUrl.pathname !== "/") {
    fault("PUBLIC_URL has a path: onbehalf needs a host of its own.");
  }

  const appId = integer(required("APP_ID", "the number on the GitHub App's settings page"), 0);
  if (appId === null) fault(`APP_ID is "${env.APP_ID}": give the App's number.`);
  const webUrl = baseUrl(env.GITHUB_URL || "https://github.com");
  if (!webUrl) fault("GITHUB_URL is not an http(s) address.");
  const apiUrl = baseUrl(env.GITHUB_API_URL || "https://api.github.com");
  if (!apiUrl) fault("GITHUB_API_URL is not an http(s) address.");
  for (const [name, url] of [
    ["GITHUB_URL", webUrl],
    ["GITHUB_API_URL", apiUrl],
  ] as const) {
    if (url?.protocol === "http:" && !isLoopback(url.hostname)) {
      fault(`${name} is http:// for a host that is not loopback: tokens would travel in clear. Use https://.`);
    }
  }
  const github: GithubConfig = {
    appId: appId ?? 0,
    privateKey: readPrivateKey(env, fault),
    webhookSecret: required("WEBHOOK_SECRET", "the secret that GitHub signs deliveries with; there is no default"),
    clientId: required("GITHUB_CLIENT_ID", "the client id on the GitHub App's settings page"),
    clientSecret: required("GITHUB_CLIENT_SECRET", "a client secret from the GitHub App's settings page"),
    webUrl: withoutSlash(webUrl),
    apiUrl: withoutSlash(apiUrl),
  };

  const encryptionKeys = readMasterKeys(env, fault);
  const signIn = readSignIn(env.SIGN_IN || "closed");
  if (!signIn) fault(`SIGN_IN is "${env.SIGN_IN}": use closed, open, or org:NAME.`);
  const adminUsers = list(env.ADMIN_USERS);
  for (const reference of adminUsers) {
    if (!/^(gh\.[1-9]\d*|ext\..+)$/.test(reference)) {
      fault(
        `ADMIN_USERS holds "${reference}": use gh.NUMBER (GitHub's numeric id, since logins get re-registered) or ext.ID.`,
      );
    }
  }
  const logLevel = env.LOG_LEVEL || "info";
  if (!["trace", "debug", "info", "warn", "error", "fatal", "silent"].includes(logLevel)) {
    fault(`LOG_LEVEL is "${logLevel}": use trace, debug, info, warn, error, fatal or silent.`);
  }
  const userTokens = env.ENABLE_GITHUB_USER_TOKENS || "true";
  if (!["true", "false"].includes(userTokens)) {
    fault(`ENABLE_GITHUB_USER_TOKENS is "${userTokens}": use true or false.`);
  }
  const [first, ...others] = encryptionKeys;
  if (faults.length > 0 || !publicUrl || !signIn || !first) throw new ConfigError(faults);
  return {
    ...readStorageConfig(env),
    publicUrl: publicUrl.origin,
    host: env.HOST || "127.0.0.1",
    port: port ?? 3000,
    logLevel,
    trustProxy: list(env.TRUST_PROXY),
    encryptionKeys: [first, ...others],
    adminUsers,
    signIn,
    userTokensEnabled: userTokens === "true",
    github,
  };
}

function readPrivateKey(env: Environment, fault: (sentence: string) => void): string {
  const path = env.PRIVATE_KEY_PATH;
  let key = env.PRIVATE_KEY ?? "";
  if (!key && path) {
    try {
      key = readFileSync(path, "utf8");
    } catch {
      fault(`PRIVATE_KEY_PATH names "${path}", which can't be read.`);
      return "";
    }
  }
  if (!key) {
    fault("PRIVATE_KEY (or PRIVATE_KEY_PATH) is missing: the private key made on the GitHub App's settings page.");
    return "";
  }
  // Single-line forms that environment files need: escaped line breaks, or the whole key in base64.
  const pem = key.includes("-----BEGIN") ? key.replaceAll("\\n", "\n") : Buffer.from(key, "base64").toString("utf8");
  if (!pem.includes("-----BEGIN")) fault("PRIVATE_KEY is not a PEM key, nor one in base64.");
  return pem;
}

function readSignIn(value: string): SignInPolicy | null {
  if (value === "closed" || value === "open") return { kind: value };
  const name = /^org:([A-Za-z0-9][A-Za-z0-9-]{0,38})$/.exec(value)?.[1];
  return name ? { kind: "org", name } : null;
}

function integer(value: string | undefined, fallback: number): number | null {
  if (!value) return fallback;
  return /^\d{1,15}$/.test(value) ? Number(value) : null;
}

function baseUrl(value: string): URL | null {
  const url = URL.parse(value);
  if (!url || !["http:", "https:"].includes(url.protocol)) return null;
  return url.search || url.hash || url.username || url.password ? null : url;
}

function withoutSlash(url: URL | null): string {
  return url?.href.replace(/\/+$/, "") ?? "";
}

function list(value: string | undefined): string[] {
  return (value ?? "").split(/[\s,]+/).filter(Boolean);
}
