import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { apiUrlOf, type GithubAddresses, readPublicUrl, readSecureUrl } from "./addresses.ts";
import { type MasterKey, readMasterKeys } from "./encryption-keys.ts";
import { ConfigError, type Environment, type Fault } from "./environment.ts";
import { type FileProvider, readProvidersFile } from "./providers-file/read-providers-file.ts";
import { readInteger, readServerConfig, type ServerConfig } from "./server-config.ts";
import { readAdminUsers, readSignInPolicy, type SignInPolicy } from "./sign-in-policy.ts";

export { ConfigError, type Environment } from "./environment.ts";
export { readStorageConfig, type StorageConfig } from "./server-config.ts";
export type { SignInPolicy } from "./sign-in-policy.ts";

export interface GithubConfig extends GithubAddresses {
  appId: number;
  privateKey: string;
  webhookSecret: string;
  clientId: string;
  clientSecret: string;
}

export interface Config extends ServerConfig {
  publicUrl: string;
  encryptionKeys: readonly [MasterKey, ...MasterKey[]];
  adminUsers: string[];
  signIn: SignInPolicy;
  userTokensEnabled: boolean;
  /** Whether bots' long-lived keys are taken by git and the look-alike, too. */
  botKeysOnLookAlike: boolean;
  /** What a repository's mirror may weigh, in MB (2^20 bytes). */
  syncMaxMb: number;
  github: GithubConfig;
  /** Those that `PROVIDERS_FILE` describes. */
  fileProviders: readonly FileProvider[];
}

/**
 * Reads the environment.
 * @throws ConfigError naming every fault at once
 */
export function readConfig(env: Environment): Config {
  const faults: string[] = [];
  const fault: Fault = (sentence) => {
    faults.push(sentence);
  };
  const required = (name: string, why: string): string => {
    const value = env[name]?.trim();
    if (!value) fault(`${name} is missing: ${why}.`);
    return value ?? "";
  };

  const server = readServerConfig(env, fault);
  const publicUrl = readPublicUrl(env.PUBLIC_URL || `http://127.0.0.1:${server.port}`, fault);

  const appId = readInteger(required("APP_ID", "the number on the GitHub App's settings page"), 0);
  if (appId === null || env.APP_ID?.trim() === "0") fault(`APP_ID is "${env.APP_ID}": give the App's number.`);
  const webUrl = readSecureUrl(env.GITHUB_URL || "https://github.com", fault, "GITHUB_URL");
  const apiUrl = readSecureUrl(env.GITHUB_API_URL || apiUrlOf(webUrl ?? "https://github.com"), fault, "GITHUB_API_URL");
  const github: GithubConfig = {
    appId: appId ?? 0,
    privateKey: readPrivateKey(env, fault),
    webhookSecret: required("WEBHOOK_SECRET", "the secret that GitHub signs deliveries with; there is no default"),
    clientId: required("GITHUB_CLIENT_ID", "the client id on the GitHub App's settings page"),
    clientSecret: required("GITHUB_CLIENT_SECRET", "a client secret from the GitHub App's settings page"),
    webUrl: webUrl ?? "",
    apiUrl: apiUrl ?? "",
  };

  const encryptionKeys = readMasterKeys(env, fault);
  const signIn = readSignInPolicy(env.SIGN_IN || "closed");
  if (!signIn) fault(`SIGN_IN is "${env.SIGN_IN}": use closed, open, or org:NAME.`);
  const adminUsers = readAdminUsers(env, fault);
  const userTokensEnabled = readSwitch(env, "ENABLE_GITHUB_USER_TOKENS", true, fault);
  const botKeysOnLookAlike = readSwitch(env, "BOT_KEYS_ON_LOOK_ALIKE", false, fault);
  const syncMaxMb = readInteger(env.SYNC_MAX_MB, 10_240);
  if (!syncMaxMb) fault(`SYNC_MAX_MB is "${env.SYNC_MAX_MB}": give a number of megabytes.`);
  const fileProviders = readProvidersFile(env, fault);
  const [first, ...others] = encryptionKeys;
  if (faults.length > 0 || !publicUrl || !signIn || !first) throw new ConfigError(faults);
  return {
    ...server,
    publicUrl,
    encryptionKeys: [first, ...others],
    adminUsers,
    signIn,
    userTokensEnabled,
    botKeysOnLookAlike,
    syncMaxMb: syncMaxMb ?? 0,
    github,
    fileProviders,
  };
}

function readSwitch(env: Environment, name: string, usual: boolean, fault: Fault): boolean {
  const value = env[name] || String(usual);
  if (value !== "true" && value !== "false") fault(`${name} is "${value}": use true or false.`);
  return value === "true";
}

function readPrivateKey(env: Environment, fault: Fault): string {
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
  if (!isRsaKey(pem)) fault("PRIVATE_KEY is not a whole RSA private key, as PEM or as PEM in base64.");
  return pem;
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === "rsa";
  } catch {
    return false;
  }
}
