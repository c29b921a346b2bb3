import type { LRUCache } from "lru-cache";
import { Problem } from "../../errors.ts";
import type { GithubClient } from "../../github/client.ts";
import { ProviderFailure } from "../../providers/failure.ts";
import { singleSignOnRequired } from "../../providers/single-sign-on.ts";
import type { UpstreamAnswer } from "../../providers/upstream.ts";
import { touchAccount } from "../../store/accounts/end-account.ts";
import type { HeldAccount } from "../../store/accounts/held-account.ts";
import { actWithToken } from "../accounts/act-with-token.ts";
import { noteSingleSignOn } from "../accounts/note-single-sign-on.ts";
import { providerProblem } from "../accounts/provider-problem.ts";
import { inBackground, type TokenDeps } from "../accounts/refreshing.ts";

export interface SendDeps extends TokenDeps {
  client: GithubClient;
  githubUrl: string;
  /** Accounts whose use was noted within the last minute: a write for each request would say no more. */
  recentlyUsed: LRUCache<string, true>;
}

/**
 * Sends a caller's request with the person's token. When the token is not accepted it is looked into and renewed
 * (see {@link actWithToken}), and the request is sent once more; not one whose body has begun to stream, of which
 * nobody has a copy. What GitHub limits or refuses otherwise is the caller's to see.
 * @param request.owner whose single sign-on a refusal is about
 * @param request.once true: it can't be sent twice
 * @throws Problem what using the token may throw, `sso_required`, `provider_unavailable`, `provider_rejected`
 */
export async function sendAsPerson(
  deps: SendDeps,
  account: HeldAccount,
  request: { owner: string; once: boolean; send(token: string): Promise<UpstreamAnswer> },
): Promise<UpstreamAnswer> {
  let sent = false;
  const send = async (token: string): Promise<UpstreamAnswer> => {
    if (sent && request.once) {
      throw new Problem(
        "provider_rejected",
        "The person's token was not accepted and has been renewed meanwhile. Send the request once more.",
        { retryAfter: 1 },
      );
    }
    sent = true;
    const answer = await request.send(token);
    const refused = understandRefusal(deps, answer);
    if (refused) throw refused;
    return answer;
  };
  try {
    const { owner } = request;
    const answer = await actWithToken(deps, account, (token) =>
      noteSingleSignOn(deps, account, { token, owner }, () => send(token)),
    );
    if (!deps.recentlyUsed.has(account.id)) {
      deps.recentlyUsed.set(account.id, true);
      inBackground(deps, touchAccount(deps.database, account.id));
    }
    return answer;
  } catch (error) {
    throw providerProblem(error, { name: "GitHub" });
  }
}

/**
 * What an answer says of the token: that it was not accepted, or that single sign-on keeps it out. Then the answer's
 * body is given up; any other answer is the caller's.
 */
export function understandRefusal(
  deps: { githubUrl: string },
  { status, headers, body }: UpstreamAnswer,
): Problem | ProviderFailure | null {
  if (status !== 401 && status !== 403 && status !== 404) return null;
  const header = (name: string) => first(headers[name]);
  const sso = singleSignOnRequired({ header, message: "" }, { webUrl: deps.githubUrl });
  if (status !== 401 && !sso) return null;
  body.on("error", () => undefined).destroy();
  return sso ?? new ProviderFailure("unauthorized", "GitHub did not accept the token");
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
