import type { Provider } from "../../providers/provider.ts";
import { identityIsPending } from "../../store/accounts/pending-connects.ts";
import { readAccountOfIdentity } from "../../store/accounts/read-account.ts";
import type { Queryable } from "../../store/database.ts";
import type { Identity } from "../../store/identities.ts";

/**
 * How a grant that isn't kept is ended. Deleting it would kill every token of that person, also those of an account that
 * somebody rightfully holds: so its token alone ends; the grant only where a provider ends no single tokens, and nobody
 * can hold it.
 * @param identity whose it is, with its row locked; null: of somebody who is not known here
 * @param except the link whose own pending connect it is
 */
export async function endingOf(
  transaction: Queryable,
  provider: Pick<Provider, "endToken">,
  identity: Identity | null,
  except?: string,
): Promise<"grant" | "token"> {
  if (provider.endToken) return "token";
  if (!identity) return "grant";
  if (identity.userId || (await readAccountOfIdentity(transaction, identity))) return "token";
  return (await identityIsPending(transaction, identity.id, except)) ? "token" : "grant";
}
