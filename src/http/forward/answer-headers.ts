import type { IncomingHttpHeaders } from "node:http";
import { hopByHop, namedInConnection } from "./request-headers.ts";

/** What a provider says to browsers about a site, and about its own token and host, is not said on. */
const dropped = new Set([
  ...hopByHop,
  "set-cookie",
  "www-authenticate",
  "strict-transport-security",
  "content-security-policy",
  "content-security-policy-report-only",
  "x-frame-options",
  "x-content-type-options",
  "x-xss-protection",
  "referrer-policy",
  "clear-site-data",
  "service-worker-allowed",
  "refresh",
  "sourcemap",
  "speculation-rules",
  "report-to",
  "reporting-endpoints",
  "nel",
  "accept-ch",
  "origin-agent-cluster",
  "alt-svc",
  "server",
  "x-oauth-scopes",
  "x-accepted-oauth-scopes",
  "x-oauth-client-id",
  "x-request-id",
]);

/**
 * A browser can be led here, with a pass in the address, to whatever somebody has put into a repository or a drive. On
 * our origin it must be no page: no script, no form that our own pages would take for theirs.
 */
const harmless = "default-src 'none'; sandbox; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

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
    if (value === undefined || dropped.has(name) || named.has(name)) continue;
    if (/^(access-control-|cross-origin-)/.test(name)) continue;
    const rewritten = name === "link" || name === "location" ? rewrite(value, addresses) : value;
    forwarded[name] = rewritten;
  }
  return { ...forwarded, "content-security-policy": harmless };
}

function rewrite(value: string | string[], { theirs, ours }: { theirs: string; ours: string }): string | string[] {
  if (Array.isArray(value)) return value.map((one) => one.replaceAll(`${theirs}/`, `${ours}/`));
  return value.replaceAll(`${theirs}/`, `${ours}/`);
}
