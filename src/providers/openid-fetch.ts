import { z } from "zod";
import { isLoopback } from "../config/loopback.ts";
import { ProviderFailure } from "./failure.ts";
import { boundedFetch } from "./outgoing.ts";
import { waitSeconds } from "./rate-limit.ts";

const text = z.string().min(1).optional().catch(undefined);
const seconds = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
  .refine((life) => life > 0)
  .optional()
  .catch(undefined);

/**
 * What counts in a token answer. What is said beside the token and can't be understood counts as not said: a refresh
 * token is spent by then, and a new pair that is refused for its lifetime would be lost.
 */
const tokenAnswer = z.object({
  access_token: z.string().min(1),
  token_type: z.string().min(1).catch("bearer"),
  expires_in: seconds,
  refresh_token: text,
  refresh_token_expires_in: seconds,
  scope: z.string().optional().catch(undefined),
  id_token: text,
});

/**
 * The `fetch` that openid-client sends with: bounded, over https alone unless the provider itself is on loopback, and
 * with outages and rate limits told from answers.
 * @throws ProviderFailure `unreachable`, `throttled`, `garbled` for a redirect, `ours` for an address that is not safe
 */
export function openidFetch(
  fetch: typeof globalThis.fetch,
  { name, issuer }: { name: string; issuer: string },
): typeof globalThis.fetch {
  const bounded = boundedFetch(fetch);
  return async (input, init) => {
    requireSafeAddress(input instanceof Request ? input.url : String(input), { name, issuer });
    const response = await bounded(input, init);
    const { status, headers } = response;
    if (status === 429) {
      const header = (one: string) => headers.get(one) ?? undefined;
      const retryAfter = waitSeconds({ header, nowSeconds: Date.now() / 1000 });
      throw new ProviderFailure("throttled", `${name}'s rate limit is reached`, { retryAfter });
    }
    if (status >= 500) throw new ProviderFailure("unreachable", `${name} answered ${status}`);
    if (status >= 300 && status < 400) throw new ProviderFailure("garbled", `${name} answered with a redirect`);
    return isTokenRequest(init?.body) && status === 200 ? tolerated(response, init?.body) : response;
  };
}

/**
 * Whatever a provider says of itself is sent over https alone, unless the provider itself is on loopback.
 * @throws ProviderFailure `ours`
 */
export function requireSafeAddress(address: string, { name, issuer }: { name: string; issuer: string }): void {
  const url = URL.parse(address);
  const onLoopback = url?.protocol === "http:" && isLoopback(url.hostname) && isLoopback(new URL(issuer).hostname);
  if (url?.protocol === "https:" || onLoopback) return;
  throw new ProviderFailure("ours", `${name} names an address that is not https://`);
}

function isTokenRequest(body: unknown): body is URLSearchParams {
  return body instanceof URLSearchParams && body.has("grant_type");
}

async function tolerated(response: Response, request: unknown): Promise<Response> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  const parsed = tokenAnswer.safeParse(body);
  if (!parsed.success) return response;
  const { id_token, ...answer } = parsed.data;
  // An ID token that comes with a refresh is needed for nothing, so a bad one must not cost the pair.
  const refreshed = isTokenRequest(request) && request.get("grant_type") === "refresh_token";
  return Response.json({ ...answer, ...(id_token === undefined || refreshed ? {} : { id_token }) });
}
