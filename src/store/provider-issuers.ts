import { ConfigError } from "../config/read-config.ts";
import type { Database } from "./database.ts";

/**
 * Compares the issuers of the configured providers with those that their people were known by until now. An identity is
 * issuer and subject (facts/oauth-checklist.md, 7): under another issuer the same subject is somebody else, who would
 * sign in as the one before, and the tokens that are kept would be sent there. Where nobody is known yet, the new one
 * is taken.
 * @param issuers by the provider's id, of those that have one
 * @throws ConfigError naming each provider whose issuer has changed
 */
export async function verifyIssuers(
  { database }: { database: Database },
  issuers: ReadonlyMap<string, string>,
): Promise<void> {
  const { rows } = await database.query<{ provider: string; issuer: string }>({
    text: `INSERT INTO provider_issuers AS p (provider, issuer) SELECT * FROM unnest($1::text[], $2::text[])
      ON CONFLICT (provider) DO UPDATE SET issuer = CASE WHEN
          EXISTS (SELECT 1 FROM identities i WHERE i.provider = p.provider)
          OR EXISTS (SELECT 1 FROM pending_revocations r WHERE r.provider = p.provider AND r.access_token IS NOT NULL)
        THEN p.issuer ELSE excluded.issuer END
      RETURNING provider, issuer`,
    values: [[...issuers.keys()], [...issuers.values()]],
  });
  const faults = rows
    .filter(({ provider, issuer }) => issuers.get(provider) !== issuer)
    .map(
      ({ provider, issuer }) =>
        `Provider "${provider}" has another issuer than before (${issuer}): there the same subject is somebody else. Put it back, or give the new one an id of its own in PROVIDERS_FILE.`,
    );
  if (faults.length > 0) throw new ConfigError(faults);
}
