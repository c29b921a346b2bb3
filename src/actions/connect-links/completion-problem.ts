import { Problem } from "../../errors.ts";
import type { ConnectRefusal } from "../sign-in/connect-refusal.ts";

/** What a platform is told when a connect that it completes is refused. */
export function completionProblem(refusal: ConnectRefusal): Problem {
  const options = { cause: refusal };
  switch (refusal.reason) {
    case "identity_in_use":
      return new Problem(
        "identity_in_use",
        "That account is connected to another user by now. It can be disconnected there, or another one connected here.",
        options,
      );
    case "different_identity":
      return new Problem(
        "different_identity",
        "The user has connected another account there. Disconnect that one first.",
        options,
      );
    case "user_deactivated":
      return new Problem(
        "user_not_found",
        "That user, or the person who connected, was deactivated or erased.",
        options,
      );
    case "revocation_running":
      return new Problem(
        "provider_unavailable",
        "An authorisation that the person gave before is still being ended at the provider. Try again in a few seconds.",
        { ...options, retryAfter: 5 },
      );
    default:
      return new Problem("bad_request", "This can't be connected. Make a new link.", options);
  }
}
