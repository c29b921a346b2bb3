import type { IncomingHttpHeaders } from "node:http";
import { hopByHop, namedInConnection } from "./request-headers.ts";

/** What a provider says to browsers, and about its own token and host, is not said on. */
const dropped = new Set([
  ...hopByHop,
  "set-cookie",
  "www-authenticate",
  "strict-transport-security",
  "content-security-policy",
  "alt-svc",
  "server",
  "x-oauth-scopes",
  "x-accepted-oauth-scopes",
  "x-oauth-client-id",
  "x-request-id",
]);

/**
 * The headers of a provider's answer that go on to the caller. Addresses of the provider's API in `Link` and `Location`
 * become ours, so that a client pages on through us; other addresses stay, and are not followed here.
 */
export function answerHeaders(
  headers: IncomingHttpHeaders,
  addresses: { theirs: string; ours: string },
): Record<string, string | string[]> {
  const named = namedInConnection(headers);
  const forwarded: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || dropped.has(name) || named.has(name) || name.startsWith("access-control-")) continue;
    const rewritten = name === "link" || name === "location" ? rewrite(value, addresses) : value;
    forwarded[name] = rewritten;
  }
  return forwarded;
}

function rewrite(value: string | string[], { theirs, ours }: { theirs: string; ours: string }): string | string[] {
  if (Array.isArray(value)) return value.map((one) => one.replaceAll(`${theirs}/`, `${ours}/`));
  return value.replaceAll(`${theirs}/`, `${ours}/`);
}
