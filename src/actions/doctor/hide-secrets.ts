import type { Environment } from "../../config/read-config.ts";
import { redact } from "../../redact.ts";

// Shorter values are words such as "true" and "open", which hide nothing but the sense.
const shortestSecret = 8;

/**
 * Takes this deployment's own secrets out of a text, beside all that looks like one: a sentence may quote what was
 * configured, and a key that was put into the wrong variable must not be shown either.
 */
export function hideSecrets(environment: Environment): (text: string) => string {
  const found = Object.entries(environment).flatMap(([name, value]) => (value ? secretsIn(name, value) : []));
  const secrets = found.filter((secret) => secret.length >= shortestSecret).sort((a, b) => b.length - a.length);
  return (text) => redact(secrets.reduce((shown, secret) => shown.replaceAll(secret, "[redacted]"), redact(text)));
}

function secretsIn(name: string, value: string): string[] {
  if (/^[\w+.-]+:\/\//.test(value)) return passwordIn(value);
  const named = /SECRET|PASSWORD|TOKEN$|PRIVATE_KEY$|ENCRYPTION_KEYS$/.test(name) ? [value] : [];
  const keys = [...value.matchAll(/[A-Za-z0-9_-]{1,32}:([A-Za-z0-9+/]{43}=)/g)].flatMap(([, bytes]) => bytes ?? []);
  return [...named, ...keys];
}

function passwordIn(address: string): string[] {
  const { password = "" } = URL.parse(address) ?? {};
  const written = /:\/\/[^/@]*?:([^@/]*)@/.exec(address)?.[1] ?? "";
  return [...new Set([password, decoded(password), written])];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
