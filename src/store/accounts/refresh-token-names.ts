import type { Keyring } from "../../crypto/keyring.ts";
import type { Queryable } from "../database.ts";
import { type Lookup, openLookup } from "../erasure/lookup-keys.ts";
import { type Account, type AccountRow, accountColumns, toAccount } from "./account.ts";

/** Several tokens can begin alike; whoever finds them asks the provider about each. */
const mostFound = 20;

/** Keyed hashes of the names that a provider has for a refresh token: a name can hold a part of it. */
export function hashNames(lookup: Lookup, provider: string, names: readonly string[]): Buffer[] {
  return names.map((name) => hashName(lookup, provider, name));
}

/** The live accounts whose refresh token the provider names so. */
export async function readAccountsByRefreshTokenName(
  deps: { database: Queryable; keyring: Keyring },
  token: { provider: string; name: string },
): Promise<Account[]> {
  const hash = hashName(await openLookup(deps), token.provider, token.name);
  const { rows } = await deps.database.query<AccountRow>({
    name: "read-accounts-by-refresh-token-name",
    text: `SELECT ${accountColumns("a")} FROM user_external_accounts a
      WHERE a.refresh_token_names @> ARRAY[$1::bytea] AND a.provider = $2 AND a.state <> 'revoked' LIMIT $3`,
    values: [hash, token.provider, mostFound],
  });
  return rows.map(toAccount);
}

function hashName(lookup: Lookup, provider: string, name: string): Buffer {
  return lookup.hash("refresh token", provider, name);
}
