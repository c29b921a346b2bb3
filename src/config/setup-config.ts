import { apiUrlOf, type GithubAddresses, readPublicUrl, readSecureUrl } from "./addresses.ts";
import { readMasterKeys } from "./encryption-keys.ts";
import { ConfigError, type Environment, type Fault } from "./environment.ts";
import { lacksApp } from "./github-app.ts";
import { readServerConfig, type ServerConfig } from "./server-config.ts";
import { readAdminUsers, readSignInPolicy } from "./sign-in-policy.ts";

/** What set-up finds in the environment. Null or false: it asks, or makes it. */
export interface SetupConfig extends ServerConfig {
  publicUrl: string | null;
  github: GithubAddresses | null;
  /** As in `SIGN_IN`. */
  signIn: string | null;
  hasAdmins: boolean;
  hasEncryptionKeys: boolean;
}

/** Whether nothing of a GitHub App is configured. With a part of it the start stops and names what is missing. */
export function lacksGithubApp(env: Environment): boolean {
  return lacksApp(env, "github");
}

/**
 * Reads what set-up needs to know.
 * @throws ConfigError naming every fault at once
 */
export function readSetupConfig(env: Environment): SetupConfig {
  const faults: string[] = [];
  const fault: Fault = (sentence) => {
    faults.push(sentence);
  };
  const server = readServerConfig(env, fault);
  const publicUrl = env.PUBLIC_URL ? readPublicUrl(env.PUBLIC_URL, fault) : null;
  const github = readGithub(env, fault);
  const signIn = env.SIGN_IN || null;
  if (signIn && !readSignInPolicy(signIn)) fault(`SIGN_IN is "${signIn}": use closed, open, or org:NAME.`);
  const hasAdmins = readAdminUsers(env, fault).length > 0;
  const hasEncryptionKeys = Boolean(env.ENCRYPTION_KEYS || env.ENCRYPTION_KEYS_FILE);
  if (hasEncryptionKeys) readMasterKeys(env, fault);
  if (faults.length > 0) throw new ConfigError(faults);
  return { ...server, publicUrl, github, signIn, hasAdmins, hasEncryptionKeys };
}

function readGithub(env: Environment, fault: Fault): GithubAddresses | null {
  if (!env.GITHUB_URL) {
    if (env.GITHUB_API_URL) fault("GITHUB_API_URL is given without GITHUB_URL: give both, or none.");
    return null;
  }
  const webUrl = readSecureUrl(env.GITHUB_URL, fault, "GITHUB_URL");
  const apiUrl = env.GITHUB_API_URL
    ? readSecureUrl(env.GITHUB_API_URL, fault, "GITHUB_API_URL")
    : webUrl && apiUrlOf(webUrl);
  return webUrl && apiUrl ? { webUrl, apiUrl } : null;
}
