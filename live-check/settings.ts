import { readFileSync } from "node:fs";

export interface AppCredentials {
  id: number;
  privateKey: string;
  clientId: string;
  clientSecret: string;
}

/** What a run is given. Everything but the App is optional; what needs it is then not played. */
export interface Settings {
  app: AppCredentials;
  webUrl: string;
  apiUrl: string;
  /** A user token of the App. */
  userToken: string | null;
  /** A callback URL of the App on this machine, to ask for tokens in a browser. */
  callbackUrl: string | null;
  /** `owner/name` of a repository that may be thrown away. */
  repository: string | null;
  /** `owner/name` where the App is installed and the person may only read. */
  readOnlyRepository: string | null;
  /** `owner/name` of an archived repository of the person's. */
  archivedRepository: string | null;
  organization: string | null;
  /** How long to wait for a webhook. */
  waitSeconds: number;
}

export type Environment = Record<string, string | undefined>;

/** Sentences for the person who runs it. */
export class SettingsError extends Error {
  override name = "SettingsError";
}

const APP = ["APP_ID", "GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET"] as const;

/**
 * Reads the environment.
 * @returns null without any credentials: then nothing is played
 * @throws SettingsError when there are some, but not all, or where it must not run
 */
export function readSettings(env: Environment): Settings | null {
  const privateKey = env.PRIVATE_KEY || (env.PRIVATE_KEY_PATH ? readFileSync(env.PRIVATE_KEY_PATH, "utf8") : "");
  const missing = [...APP.filter((name) => !env[name]), ...(privateKey ? [] : ["PRIVATE_KEY or PRIVATE_KEY_PATH"])];
  if (missing.length === APP.length + 1) return null;
  if (missing.length > 0) throw new SettingsError(`Set ${missing.join(", ")}, too.`);
  const settings: Settings = {
    app: {
      id: Number(env.APP_ID),
      privateKey: privateKey.includes("-----BEGIN")
        ? privateKey.replaceAll("\\n", "\n")
        : Buffer.from(privateKey, "base64").toString(),
      clientId: env.GITHUB_CLIENT_ID ?? "",
      clientSecret: env.GITHUB_CLIENT_SECRET ?? "",
    },
    webUrl: address(env.GITHUB_URL || "https://github.com", "GITHUB_URL"),
    apiUrl: address(env.GITHUB_API_URL || "https://api.github.com", "GITHUB_API_URL"),
    userToken: env.LIVE_CHECK_USER_TOKEN || null,
    callbackUrl: env.LIVE_CHECK_CALLBACK_URL || null,
    repository: fullName(env, "LIVE_CHECK_REPOSITORY"),
    readOnlyRepository: fullName(env, "LIVE_CHECK_READ_ONLY_REPOSITORY"),
    archivedRepository: fullName(env, "LIVE_CHECK_ARCHIVED_REPOSITORY"),
    organization: env.LIVE_CHECK_ORGANIZATION || null,
    waitSeconds: Number(env.LIVE_CHECK_WAIT_SECONDS || 90),
  };
  if (env.CI && !(onThisMachine(settings.webUrl) && onThisMachine(settings.apiUrl))) {
    throw new SettingsError("This is CI (the variable CI is set): there it plays against nothing but a local sandbox.");
  }
  if (settings.callbackUrl && !isOurs(settings.callbackUrl)) {
    throw new SettingsError("LIVE_CHECK_CALLBACK_URL must be like http://127.0.0.1:8976/callback: on this machine.");
  }
  return settings;
}

function address(value: string, name: string): string {
  if (!/^https?:\/\//.test(value) || !URL.canParse(value))
    throw new SettingsError(`${name} is not an http(s) address.`);
  return value.replace(/\/+$/, "");
}

function fullName(env: Environment, name: string): string | null {
  const value = env[name];
  if (!value) return null;
  if (!/^[\w.-]+\/[\w.-]+$/.test(value)) throw new SettingsError(`${name} is "${value}": give owner/name.`);
  return value;
}

function onThisMachine(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}

function isOurs(url: string): boolean {
  return URL.parse(url)?.protocol === "http:" && onThisMachine(url) && new URL(url).pathname.length > 1;
}
