import type { LRUCache } from "lru-cache";
import { Problem } from "../../errors.ts";
import type { ProviderFailure } from "../../providers/failure.ts";
import type { UpstreamAnswer } from "../../providers/upstream.ts";
import { touchAccount } from "../../store/accounts/end-account.ts";
import type { HeldAccount } from "../../store/accounts/held-account.ts";
import { actWithToken } from "../accounts/act-with-token.ts";
import { providerProblem } from "../accounts/provider-problem.ts";
import { inBackground, type TokenDeps } from "../accounts/refreshing.ts";

export interface SendDeps extends TokenDeps {
  /** Accounts whose use was noted within the last minute: a write for each request would say no more. */
  recentlyUsed: LRUCache<string, true>;
}

export interface Sending {
  /** It can't be sent twice. */
  once: boolean;
  /** @param account as it is with that token */
  send(token: string, account: HeldAccount): Promise<UpstreamAnswer>;
  /** What an answer says of the token; null: the answer is the caller's. */
  understand(answer: UpstreamAnswer): Problem | ProviderFailure | null;
  /** Wraps each attempt. */
  around?(token: string, attempt: () => Promise<UpstreamAnswer>): Promise<UpstreamAnswer>;
}

/**
 * Sends a caller's request with the person's token. When the token is not accepted it is looked into and renewed
 * (see {@link actWithToken}), and the request is sent once more; not one whose body has begun to stream, of which
 * nobody has a copy. What the provider limits or refuses otherwise is the caller's to see.
 * @throws Problem what using the token may throw, `provider_unavailable`, `provider_rejected`
 */
export async function sendWithToken(
  deps: SendDeps,
  account: HeldAccount,
  provider: { name: string },
  sending: Sending,
): Promise<UpstreamAnswer> {
  let sent = false;
  const attempt = async (token: string, live: HeldAccount): Promise<UpstreamAnswer> => {
    if (sent && sending.once) {
      throw new Problem(
        "provider_rejected",
        "The person's token was not accepted and has been renewed meanwhile. Send the request once more.",
        { retryAfter: 1 },
      );
    }
    sent = true;
    const answer = await sending.send(token, live);
    const refused = sending.understand(answer);
    if (refused) throw refused;
    return answer;
  };
  const { around = (_token, work) => work() } = sending;
  try {
    const answer = await actWithToken(deps, account, (token, live) => around(token, () => attempt(token, live)));
    if (!deps.recentlyUsed.has(account.id)) {
      deps.recentlyUsed.set(account.id, true);
      inBackground(deps, touchAccount(deps.database, account.id));
    }
    return answer;
  } catch (error) {
    throw providerProblem(error, provider);
  }
}
