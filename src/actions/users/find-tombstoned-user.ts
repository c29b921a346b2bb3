import type { Keyring } from "../../crypto/keyring.ts";
import type { Database } from "../../store/database.ts";
import { openLookup } from "../../store/erasure/lookup-keys.ts";
import { externalIdHash, findTombstone, identityHash } from "../../store/erasure/tombstones.ts";
import { parseUserReference } from "../../store/users.ts";

/**
 * The id of a user who was erased, by a reference that meant them: so that a platform can ask again whether their
 * grants have ended.
 */
export async function findTombstonedUser(
  deps: { database: Database; keyring: Keyring },
  reference: string,
): Promise<string | null> {
  const named = parseUserReference(reference);
  if (named?.kind !== "ext" && named?.kind !== "gh") return null;
  const lookup = await openLookup(deps);
  const hashes =
    named.kind === "ext"
      ? [externalIdHash(lookup, named.value)]
      : ["github", "github-lite"].map((provider) => identityHash(lookup, { provider, providerUid: named.value }));
  for (const hash of hashes) {
    const found = await findTombstone(deps.database, hash);
    if (found) return found.userId;
  }
  return null;
}
