import { Problem } from "../../errors.ts";
import { ProviderFailure } from "../../providers/failure.ts";

/**
 * What a caller is told when a provider failed.
 * @param failure anything that was thrown; what is no ProviderFailure is handed back as it is
 */
export function providerProblem(failure: unknown, provider: { name: string }): unknown {
  if (!(failure instanceof ProviderFailure)) return failure;
  const { name } = provider;
  const cause = failure;
  switch (failure.kind) {
    case "unreachable":
      return new Problem("provider_unavailable", `${name} can't be reached just now. Try again in a few seconds.`, {
        retryAfter: failure.retryAfter ?? 2,
        cause,
      });
    case "throttled":
      return new Problem("rate_limited", `${name}'s rate limit for this person is reached. Try again later.`, {
        retryAfter: failure.retryAfter ?? 60,
        cause,
      });
    case "refused":
      return new Problem("account_revoked", `${name} has ended this authorisation. The person must connect again.`, {
        cause,
      });
    case "ours":
      return new Problem(
        "provider_configuration",
        `${name} refused onbehalf's own client credentials or addresses. An operator must repair the configuration; no account was changed.`,
        { cause },
      );
    case "garbled":
      return new Problem("provider_garbled", `${name} gave an answer that can't be understood. Try again later.`, {
        cause,
      });
    case "unauthorized":
      return new Problem("provider_rejected", `${name} did not accept the person's token. Try again later.`, { cause });
  }
}
