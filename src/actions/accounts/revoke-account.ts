import { readUserAccount } from "../../store/accounts/read-account.ts";
import { readRevocationState } from "../../store/accounts/revocation-state.ts";
import type { DecidedBy } from "../../store/audit.ts";
import { disconnectAccount, type RevocationOutcome } from "./disconnect-account.ts";
import type { TokenDeps } from "./refreshing.ts";

/**
 * Ends somebody else's account: for admins and platforms. May be repeated, and tells each time how the ending stands.
 * @returns null: the user never connected that provider
 */
export async function revokeAccount(
  deps: TokenDeps,
  user: { userId: string; provider: string },
  by: Exclude<DecidedBy, { actor: "user" }>,
): Promise<RevocationOutcome | null> {
  const ended = await disconnectAccount(deps, user, by);
  if (ended) return ended;
  const account = await readUserAccount(deps.database, user);
  return account && ((await readRevocationState(deps.database, account)) ?? "done");
}
