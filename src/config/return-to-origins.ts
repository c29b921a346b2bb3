import type { Environment, Fault } from "./environment.ts";
import { isLoopback } from "./loopback.ts";
import { readList } from "./sign-in-policy.ts";

/** Reads `RETURN_TO_ORIGINS`: where connect links may send people back to with a code. None by default. */
export function readReturnToOrigins(env: Environment, fault: Fault): string[] {
  return readList(env.RETURN_TO_ORIGINS).flatMap((entry) => {
    const url = URL.parse(entry);
    const bare = url && !entry.includes("*") && (entry === url.origin || entry === `${url.origin}/`);
    if (bare && isSecure(url)) return [url.origin];
    fault(
      `RETURN_TO_ORIGINS holds "${entry}": give origins such as https://app.example.com, in lower case and without a path; http:// for loopback only.`,
    );
    return [];
  });
}

/** https, or http to this machine: codes travel there. */
export function isSecure(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
}
