import { Problem } from "../../errors.ts";
import type { Providers } from "../../providers/index.ts";
import type { HeldAccount } from "../../store/accounts/held-account.ts";

interface Deps {
  publicUrl: string;
  providers: Providers;
}

/** The account was connected once and is over. */
export function accountRevoked(deps: Deps, provider: string, cause?: unknown): Problem {
  return new Problem(
    "account_revoked",
    `The person's ${namedProvider(deps, provider).name} authorisation has ended. They connect again at the address in action_url.`,
    { actionUrl: `${deps.publicUrl}/accounts`, cause },
  );
}

/**
 * The account, if a token of it may be used.
 * @throws Problem `not_connected` for none or a pending one, `account_revoked`
 */
export function requireLive<Known extends HeldAccount>(deps: Deps, account: Known | null, provider: string): Known {
  if (account?.state === "revoked") throw accountRevoked(deps, provider);
  if (!account || account.state === "pending") {
    throw new Problem(
      "not_connected",
      `The person has not connected ${namedProvider(deps, provider).name}. They do so at the address in action_url.`,
      { actionUrl: `${deps.publicUrl}/accounts` },
    );
  }
  return account;
}

/** A provider as a person reads it, also one that is not configured any more. */
export function namedProvider({ providers }: Pick<Deps, "providers">, provider: string): { name: string } {
  return { name: providers.get(provider)?.name ?? provider };
}
