import { githubProviders } from "../../config/github-app.ts";
import type { Keyring } from "../../crypto/keyring.ts";
import type { Queryable } from "../../store/database.ts";
import { openLookup } from "../../store/erasure/lookup-keys.ts";
import { externalIdHash, findTombstone, identityHash } from "../../store/erasure/tombstones.ts";
import { findUser, type UserReference } from "../../store/users.ts";

/**
 * The id of the user that a reference means, also of one who was erased and whom nothing but a hash still knows: so
 * erasing can be repeated, and nobody who is named afterwards is named in the audit log.
 */
export async function findKnownUser(
  deps: { database: Queryable; keyring: Keyring },
  reference: UserReference,
): Promise<string | null> {
  const known = await findUser(deps.database, reference);
  if (known) return known.id;
  if (reference.kind !== "gh" && reference.kind !== "ext") return null;
  const lookup = await openLookup(deps);
  const hashes =
    reference.kind === "ext"
      ? [externalIdHash(lookup, reference.value)]
      : githubProviders.map((provider) => identityHash(lookup, { provider, providerUid: reference.value }));
  for (const hash of hashes) {
    const tombstone = await findTombstone(deps.database, hash);
    if (tombstone) return tombstone.userId;
  }
  return null;
}
