import { Problem } from "../../errors.ts";
import type { GithubApps } from "../../github/github-apps.ts";
import type { UpstreamAnswer } from "../../providers/upstream.ts";
import type { HeldAccount } from "../../store/accounts/held-account.ts";
import type { AuthorityPass } from "../../store/authority.ts";
import { namedProvider } from "../accounts/account-problem.ts";
import { providerProblem } from "../accounts/provider-problem.ts";
import { makeScopedToken, scopedToken } from "../passes/scoped-token.ts";
import { type SendDeps, understandRefusal } from "./send-as-person.ts";

/**
 * Sends a caller's request with the token that GitHub has limited to the pass's repositories. When that is not accepted
 * another is made, and the request sent once more.
 * @throws Problem as {@link scopedToken} does, `sso_required`, `provider_rejected`
 */
export async function sendScoped(
  deps: SendDeps & { apps: GithubApps },
  account: HeldAccount,
  pass: AuthorityPass,
  request: { once: boolean; send(token: string): Promise<UpstreamAnswer> },
): Promise<UpstreamAnswer> {
  const send = (token: string) =>
    request.send(token).catch((error) => {
      throw providerProblem(error, namedProvider(deps, account.provider));
    });
  const first = await send(await scopedToken(deps, account, pass));
  const refused = understandRefusal(deps, first);
  if (!refused) return first;
  if (refused instanceof Problem) throw refused;
  const { accessToken } = await makeScopedToken(deps, account, pass);
  const answer = request.once ? first : await send(accessToken);
  const again = request.once ? refused : understandRefusal(deps, answer);
  if (!again) return answer;
  if (again instanceof Problem) throw again;
  throw new Problem("provider_rejected", "GitHub did not accept the pass's token. Send the request once more.", {
    retryAfter: 1,
  });
}
