import type { Fault } from "./environment.ts";
import { isLoopback } from "./loopback.ts";

/** Where a GitHub is: no slash at the end of either. */
export interface GithubAddresses {
  /** Serves pages and OAuth. */
  webUrl: string;
  /** Serves REST. */
  apiUrl: string;
}

/**
 * Reads the address that browsers reach onbehalf at.
 * @param name what the fault calls it
 * @returns its origin, or null after a fault
 */
export function readPublicUrl(value: string, fault: Fault, name = "PUBLIC_URL"): string | null {
  const url = baseUrl(value);
  if (!url) {
    fault(`${name} is not an address such as https://onbehalf.example.com: no path, query or user name.`);
  } else if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    fault(`${name} is http:// for a host that is not loopback: use https://, since cookies and codes pass there.`);
  } else if (url.pathname !== "/") {
    fault(`${name} has a path: onbehalf needs a host of its own.`);
  } else {
    return url.origin;
  }
  return null;
}

/**
 * Reads an address that secrets are sent to.
 * @param what they are
 * @returns it without the slash at its end, or null after a fault
 */
export function readSecureUrl(value: string, fault: Fault, name: string, what = "tokens"): string | null {
  const url = baseUrl(value);
  if (!url) {
    fault(`${name} is not an http(s) address.`);
  } else if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    fault(`${name} is http:// for a host that is not loopback: ${what} would travel in clear. Use https://.`);
  } else {
    return url.href.replace(/\/+$/, "");
  }
  return null;
}

/**
 * Reads the address of somebody's receiver: as {@link readSecureUrl}, and left as it was written, since a slash at its
 * end may count there.
 */
export function readReceiverUrl(value: string, fault: Fault, name: string): string | null {
  return readSecureUrl(value, fault, name, "what it is told") && new URL(value).href;
}

/**
 * The REST address that belongs to a web address (facts/github.md, 10): api.github.com, api.SUB.ghe.com, or /api/v3 on a
 * GitHub Enterprise Server.
 */
export function apiUrlOf(webUrl: string): string {
  const { protocol, host, hostname, pathname } = new URL(webUrl);
  if (hostname === "github.com") return "https://api.github.com";
  if (hostname.endsWith(".ghe.com")) return `${protocol}//api.${host}`;
  return `${protocol}//${host}${pathname.replace(/\/+$/, "")}/api/v3`;
}

/** Whether a GitHub is run by GitHub itself, on the public internet. */
export function isHosted(webUrl: string): boolean {
  const { hostname } = new URL(webUrl);
  return hostname === "github.com" || hostname.endsWith(".ghe.com");
}

function baseUrl(value: string): URL | null {
  const url = URL.parse(value);
  if (!url || !["http:", "https:"].includes(url.protocol)) return null;
  return url.search || url.hash || url.username || url.password ? null : url;
}
