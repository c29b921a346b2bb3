import { isIP } from "node:net";
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { Problem } from "../errors.ts";

/** Refuses an address that has tried too often. */
export type CountAttempt = (request: FastifyRequest) => Promise<void>;

/**
 * Counts attempts by address: 60 a minute (contract, Outage). Only failed authentications and sign-ins are counted;
 * a request with a valid key is not limited. Counted in each process: replicas multiply it by their number.
 * An IPv6 subscriber has a network of 64 bits to choose addresses from, so such a network counts as one address.
 */
export async function attemptCounter(server: FastifyInstance): Promise<CountAttempt> {
  await server.register(rateLimit, { global: false, cache: 10_000 });
  const check = server.createRateLimit({ max: 60, timeWindow: 60_000, keyGenerator: ({ ip }) => networkOf(ip) });
  return async (request) => {
    const limit = await check(request);
    if (!limit.isAllowed && limit.isExceeded) {
      throw new Problem("rate_limited", "Too many attempts from this address. Try again in a minute.", {
        retryAfter: limit.ttlInSeconds,
      });
    }
  };
}

/** An IPv4 address as it is, also one that is written as IPv6; of any other IPv6 address the first 64 bits. */
export function networkOf(ip: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(ip)?.[1];
  if (mapped || isIP(ip) !== 6) return mapped ?? ip;
  const [left = [], right = []] = ip.split("::").map((groups) => groups.split(":").filter(Boolean));
  const zeros = ip.includes("::") ? Array.from({ length: 8 - left.length - right.length }, () => "0") : [];
  const first = [...left, ...zeros, ...right].slice(0, 4);
  return `${first.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}
