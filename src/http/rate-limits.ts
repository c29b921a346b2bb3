import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { Problem } from "../errors.ts";

/** Refuses an address that has tried too often. */
export type CountAttempt = (request: FastifyRequest) => Promise<void>;

/**
 * Counts attempts by address: 60 a minute (contract, Outage). Only failed authentications and sign-ins are counted;
 * a request with a valid key is not limited. Counted in each process: replicas multiply it by their number.
 */
export async function attemptCounter(server: FastifyInstance): Promise<CountAttempt> {
  await server.register(rateLimit, { global: false, cache: 10_000 });
  const check = server.createRateLimit({ max: 60, timeWindow: 60_000 });
  return async (request) => {
    const limit = await check(request);
    if (!limit.isAllowed && limit.isExceeded) {
      throw new Problem("rate_limited", "Too many attempts from this address. Try again in a minute.", {
        retryAfter: limit.ttlInSeconds,
      });
    }
  };
}
