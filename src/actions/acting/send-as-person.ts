import type { Problem } from "../../errors.ts";
import type { GithubClient } from "../../github/client.ts";
import { ProviderFailure } from "../../providers/failure.ts";
import { singleSignOnRequired } from "../../providers/single-sign-on.ts";
import type { UpstreamAnswer } from "../../providers/upstream.ts";
import type { HeldAccount } from "../../store/accounts/held-account.ts";
import { namedProvider } from "../accounts/account-problem.ts";
import { noteSingleSignOn } from "../accounts/note-single-sign-on.ts";
import { type SendDeps as SendAnywhereDeps, sendWithToken } from "./send-with-token.ts";

export interface SendDeps extends SendAnywhereDeps {
  client: GithubClient;
  githubUrl: string;
}

/**
 * Sends a caller's request to GitHub with the person's token, as {@link sendWithToken} does.
 * @param request.owner whose single sign-on a refusal is about
 * @param request.once true: it can't be sent twice
 * @throws Problem `sso_required`, and what sendWithToken throws
 */
export async function sendAsPerson(
  deps: SendDeps,
  account: HeldAccount,
  request: { owner: string; once: boolean; send(token: string): Promise<UpstreamAnswer> },
): Promise<UpstreamAnswer> {
  const { owner, once, send } = request;
  return sendWithToken(deps, account, namedProvider(deps, account.provider), {
    once,
    send,
    understand: (answer) => understandRefusal(deps, answer),
    around: (token, attempt) => noteSingleSignOn(deps, account, { token, owner }, attempt),
  });
}

/**
 * What an answer says of the token: that it was not accepted, or that single sign-on keeps it out. Then the answer's
 * body is given up; any other answer is the caller's.
 */
export function understandRefusal(
  deps: { githubUrl: string },
  { status, headers, body }: UpstreamAnswer,
): Problem | ProviderFailure | null {
  // GraphQL answers 200 to what single sign-on keeps out.
  if (![200, 401, 403, 404].includes(status)) return null;
  const header = (name: string) => first(headers[name]);
  const sso = singleSignOnRequired({ header, message: "" }, { webUrl: deps.githubUrl });
  if (status !== 401 && !sso) return null;
  body.on("error", () => undefined).destroy();
  return sso ?? new ProviderFailure("unauthorized", "GitHub did not accept the token");
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
