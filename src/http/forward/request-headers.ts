import type { IncomingHttpHeaders } from "node:http";

/** RFC 9110, 7.6.1, and what only means something between two neighbours. */
export const hopByHop = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/**
 * What is the caller's own and no business of a provider, or could make it see another request than was checked: the
 * caller's credential, cookies, another method or path than those in the first line.
 */
const kept = new Set([
  ...hopByHop,
  "authorization",
  "cookie",
  "expect",
  "host",
  "content-length",
  "forwarded",
  "via",
  "x-on-behalf-of",
  "x-onbehalf-provider",
  "x-real-ip",
  "x-request-id",
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
  "x-original-url",
  "x-rewrite-url",
]);

/** Headers that their sender declares to be between two neighbours (RFC 9110, 7.6.1). */
export function namedInConnection({ connection = "" }: IncomingHttpHeaders): Set<string> {
  return new Set(connection.split(",").map((name) => name.trim().toLowerCase()));
}

/**
 * The headers of a caller's request that go on to a provider.
 * @param body `stream`: its length, where the caller told it, is told on
 */
export function requestHeaders(
  headers: IncomingHttpHeaders,
  body: "stream" | "none",
): Record<string, string | string[]> {
  const dropped = new Set([...kept, ...namedInConnection(headers)]);
  const forwarded: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || dropped.has(name) || /^(x-forwarded-|proxy-|sec-)/.test(name)) continue;
    forwarded[name] = value;
  }
  const length = headers["content-length"];
  if (body === "stream" && length !== undefined && headers["transfer-encoding"] === undefined) {
    forwarded["content-length"] = length;
  }
  return forwarded;
}
