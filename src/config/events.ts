import { readReceiverUrl } from "./addresses.ts";
import type { Environment, Fault } from "./environment.ts";

/** Where the host platform hears of what happened. */
export interface EventsConfig {
  url: string;
  /** `whsec_` and base64 each. All of them sign, so that the receiver can change to another one. */
  secrets: string[];
}

/** What Standard Webhooks asks for, in bytes. */
const shortestSecret = 24;

/** @returns null where no events are wanted, or after a fault */
export function readEvents(env: Environment, fault: Fault): EventsConfig | null {
  const given = { EVENTS_URL: env.EVENTS_URL?.trim(), EVENTS_SECRET: env.EVENTS_SECRET?.trim() };
  if (!given.EVENTS_URL && !given.EVENTS_SECRET) return null;
  for (const [name, value] of Object.entries(given)) {
    if (!value) fault(`${name} is missing: events need EVENTS_URL and EVENTS_SECRET, and without both none is sent.`);
  }
  const url = given.EVENTS_URL ? readReceiverUrl(given.EVENTS_URL, fault, "EVENTS_URL") : null;
  const secrets = given.EVENTS_SECRET?.split(/\s+/) ?? [];
  if (given.EVENTS_SECRET && !secrets.every(isSecret)) {
    fault(
      `EVENTS_SECRET is not whsec_ and base64 of ${shortestSecret} bytes or more, such as whsec_$(openssl rand -base64 32); several with spaces between them.`,
    );
  }
  return url ? { url, secrets } : null;
}

function isSecret(text: string): boolean {
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1] ?? "";
  const bytes = Buffer.from(encoded, "base64");
  return bytes.length >= shortestSecret && bytes.toString("base64") === encoded;
}
