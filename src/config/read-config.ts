import { apiUrlOf, readPublicUrl, readSecureUrl } from "./addresses.ts";
import { type AmocrmConfig, readAmocrmConfig } from "./amocrm-config.ts";
import { type AuditSinkConfig, readAuditSink } from "./audit-sink.ts";
import { type MasterKey, readMasterKeys } from "./encryption-keys.ts";
import { ConfigError, type Environment, type Fault } from "./environment.ts";
import { type EventsConfig, readEvents } from "./events.ts";
import { type GithubConfig, lacksApp, readGithubApp } from "./github-app.ts";
import { type GoogleConfig, readGoogle } from "./google.ts";
import { type FileProvider, readProvidersFile } from "./providers-file/read-providers-file.ts";
import { type Retention, readRetention } from "./retention.ts";
import { readReturnToOrigins } from "./return-to-origins.ts";
import { readInteger, readServerConfig, type ServerConfig } from "./server-config.ts";
import { readAdminUsers, readSignInPolicy, type SignInPolicy } from "./sign-in-policy.ts";

export { ConfigError, type Environment } from "./environment.ts";
export type { GithubConfig } from "./github-app.ts";
export { readStorageConfig, type StorageConfig } from "./server-config.ts";
export type { SignInPolicy } from "./sign-in-policy.ts";

export interface Config extends ServerConfig {
  publicUrl: string;
  encryptionKeys: readonly [MasterKey, ...MasterKey[]];
  adminUsers: string[];
  signIn: SignInPolicy;
  /** Where connect links may send people back to. */
  returnToOrigins: string[];
  userTokensEnabled: boolean;
  /** Whether bots' long-lived keys are taken by git and the look-alike, too. */
  botKeysOnLookAlike: boolean;
  /** What a repository's mirror may weigh, in MB (2^20 bytes). */
  syncMaxMb: number;
  github: GithubConfig;
  /** Null: it is off. */
  amocrm: AmocrmConfig | null;
  /** Those that `PROVIDERS_FILE` describes. */
  fileProviders: readonly FileProvider[];
  /** The second App, beside the standard one on the same GitHub; null: there is none. */
  githubLite: GithubConfig | null;
  /** Null: it is off. */
  google: GoogleConfig | null;
  /** Null: nobody is told. */
  events: EventsConfig | null;
  /** Null: the audit log is streamed nowhere. */
  auditSink: AuditSinkConfig | null;
  retention: Retention;
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

  const server = readServerConfig(env, fault);
  const publicUrl = readPublicUrl(env.PUBLIC_URL || `http://127.0.0.1:${server.port}`, fault);

  const webUrl = readSecureUrl(env.GITHUB_URL || "https://github.com", fault, "GITHUB_URL");
  const apiUrl = readSecureUrl(env.GITHUB_API_URL || apiUrlOf(webUrl ?? "https://github.com"), fault, "GITHUB_API_URL");
  const addresses = { webUrl: webUrl ?? "", apiUrl: apiUrl ?? "" };
  const github = readGithubApp(env, "github", addresses, fault);
  const githubLite = lacksApp(env, "github-lite") ? null : readGithubApp(env, "github-lite", addresses, fault);
  if (githubLite) requireAnotherApp(github, githubLite, fault);

  const amocrm = readAmocrmConfig(env, fault);
  const encryptionKeys = readMasterKeys(env, fault);
  const signIn = readSignInPolicy(env.SIGN_IN || "closed");
  if (!signIn) fault(`SIGN_IN is "${env.SIGN_IN}": use closed, open, or org:NAME.`);
  const adminUsers = readAdminUsers(env, fault);
  const returnToOrigins = readReturnToOrigins(env, fault);
  const userTokensEnabled = readSwitch(env, "ENABLE_GITHUB_USER_TOKENS", true, fault);
  const botKeysOnLookAlike = readSwitch(env, "BOT_KEYS_ON_LOOK_ALIKE", false, fault);
  const syncMaxMb = readInteger(env.SYNC_MAX_MB, 10_240);
  if (!syncMaxMb) fault(`SYNC_MAX_MB is "${env.SYNC_MAX_MB}": give a number of megabytes.`);
  const fileProviders = readProvidersFile(env, fault);
  const google = readGoogle(env, fault);
  const events = readEvents(env, fault);
  const auditSink = readAuditSink(env, fault);
  const retention = readRetention(env, fault);
  const [first, ...others] = encryptionKeys;
  if (faults.length > 0 || !publicUrl || !signIn || !first) throw new ConfigError(faults);
  return {
    ...server,
    publicUrl,
    encryptionKeys: [first, ...others],
    adminUsers,
    signIn,
    returnToOrigins,
    userTokensEnabled,
    botKeysOnLookAlike,
    syncMaxMb: syncMaxMb ?? 0,
    github,
    amocrm,
    fileProviders,
    githubLite,
    google,
    events,
    auditSink,
    retention,
  };
}

/** Two accounts of one App would share its grants: ending one would end the other. */
function requireAnotherApp(github: GithubConfig, lite: GithubConfig, fault: Fault): void {
  const same = (one: string | number, other: string | number) => one !== "" && one !== 0 && one === other;
  if (same(github.appId, lite.appId) || same(github.clientId, lite.clientId)) {
    fault("GITHUB_LITE_APP_ID and GITHUB_LITE_CLIENT_ID are of the App that APP_ID names: register another App.");
  }
}

function readSwitch(env: Environment, name: string, usual: boolean, fault: Fault): boolean {
  const value = env[name] || String(usual);
  if (value !== "true" && value !== "false") fault(`${name} is "${value}": use true or false.`);
  return value === "true";
}
