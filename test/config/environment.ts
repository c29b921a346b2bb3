import { generateKeyPairSync } from "node:crypto";
import { ConfigError, type Environment, readConfig } from "../../src/config/read-config.ts";
import { generateMasterKey } from "../../src/crypto/keyring.ts";

export const pem = generateKeyPairSync("rsa", { modulusLength: 2048 })
  .privateKey.export({ type: "pkcs1", format: "pem" })
  .toString();

/** The least that a start needs. */
export const needed: Environment = {
  ENCRYPTION_KEYS: generateMasterKey(),
  APP_ID: "12345",
  PRIVATE_KEY: pem,
  WEBHOOK_SECRET: "a secret for deliveries",
  GITHUB_CLIENT_ID: "Iv23li0000000000",
  GITHUB_CLIENT_SECRET: "a secret for codes",
};

/** What is reported about an environment, with `changes` in it; empty when nothing is. */
export function faultsOf(changes: Environment, from: Environment = needed): string[] {
  try {
    readConfig({ ...from, ...changes });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}
