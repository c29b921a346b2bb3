import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import type { GithubAddresses } from "./addresses.ts";
import type { Environment, Fault } from "./environment.ts";
import { readInteger } from "./server-config.ts";

/** The providers that are Apps on the deployment's GitHub: the standard one, and one with credentials of its own. */
export const githubProviders = ["github", "github-lite"] as const;
export type GithubProvider = (typeof githubProviders)[number];

/** Whether a provider is one of the Apps on the deployment's GitHub, where a person has the same number in each. */
export function isGithubProvider(id: string): id is GithubProvider {
  return githubProviders.some((known) => known === id);
}

export interface GithubConfig extends GithubAddresses {
  provider: GithubProvider;
  appId: number;
  privateKey: string;
  webhookSecret: string;
  clientId: string;
  clientSecret: string;
}

/** What an App needs; the private key comes by one of two names. */
const names = [
  "APP_ID",
  "PRIVATE_KEY",
  "PRIVATE_KEY_PATH",
  "WEBHOOK_SECRET",
  "GITHUB_CLIENT_ID",
  "GITHUB_CLIENT_SECRET",
] as const;

/** The variable that says something of an App: the standard one has Probot's names. */
export function appVariable(provider: GithubProvider, name: (typeof names)[number]): string {
  return provider === "github" ? name : `GITHUB_LITE_${name.replace(/^GITHUB_/, "")}`;
}

/** Whether nothing of an App is configured. */
export function lacksApp(env: Environment, provider: GithubProvider): boolean {
  return names.every((name) => !env[appVariable(provider, name)]?.trim());
}

/** Reads an App, and names what is missing. */
export function readGithubApp(
  env: Environment,
  provider: GithubProvider,
  addresses: GithubAddresses,
  fault: Fault,
): GithubConfig {
  const variable = (name: (typeof names)[number]) => appVariable(provider, name);
  const app = provider === "github" ? "GitHub App" : "lite GitHub App";
  const required = (name: (typeof names)[number], why: string): string => {
    const value = env[variable(name)]?.trim();
    if (!value) fault(`${variable(name)} is missing: ${why}.`);
    return value ?? "";
  };
  const given = required("APP_ID", `the number on the ${app}'s settings page`);
  const appId = readInteger(given, 0);
  if (appId === null || given === "0") fault(`${variable("APP_ID")} is "${given}": give the App's number.`);
  return {
    provider,
    appId: appId ?? 0,
    privateKey: readPrivateKey(env, { key: variable("PRIVATE_KEY"), path: variable("PRIVATE_KEY_PATH"), app }, fault),
    webhookSecret: required("WEBHOOK_SECRET", "the secret that GitHub signs deliveries with; there is no default"),
    clientId: required("GITHUB_CLIENT_ID", `the client id on the ${app}'s settings page`),
    clientSecret: required("GITHUB_CLIENT_SECRET", `a client secret from the ${app}'s settings page`),
    ...addresses,
  };
}

function readPrivateKey(env: Environment, names: { key: string; path: string; app: string }, fault: Fault): string {
  const path = env[names.path];
  let key = env[names.key] ?? "";
  if (!key && path) {
    try {
      key = readFileSync(path, "utf8");
    } catch {
      fault(`${names.path} names "${path}", which can't be read.`);
      return "";
    }
  }
  if (!key) {
    fault(`${names.key} (or ${names.path}) is missing: the private key made on the ${names.app}'s settings page.`);
    return "";
  }
  // Single-line forms that environment files need: escaped line breaks, or the whole key in base64.
  const pem = key.includes("-----BEGIN") ? key.replaceAll("\\n", "\n") : Buffer.from(key, "base64").toString("utf8");
  if (!isRsaKey(pem)) fault(`${names.key} is not a whole RSA private key, as PEM or as PEM in base64.`);
  return pem;
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === "rsa";
  } catch {
    return false;
  }
}
