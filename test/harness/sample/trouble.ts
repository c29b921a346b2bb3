import { readConfig } from "../../../src/config/read-config.ts";
import { createKeyring } from "../../../src/crypto/keyring.ts";
import { storeDeliveries } from "../../../src/store/deliveries.ts";
import type { Stack } from "../stack.ts";

/** What has gone wrong: deliveries that failed, an authorisation whose end is unconfirmed, single sign-on to go through. */
export async function sampleTrouble(stack: Stack, userId: string): Promise<void> {
  const { database, environment } = stack;
  const keyring = createKeyring(readConfig(environment).encryptionKeys);
  await database.transaction(async (transaction) => {
    const deliveries = [1, 2, 3].map((number) => ({
      provider: "github",
      deliveryId: `failed-${number}`,
      event: "push",
      payload: JSON.stringify({ repository: { id: number, full_name: "acme/site" } }),
    }));
    await storeDeliveries({ database: transaction, keyring }, deliveries);
    await transaction.query({
      text: `UPDATE deliveries SET state = 'failed', attempts = 12, settled_at = now(), last_error = 'provider_unavailable'
        WHERE delivery_id LIKE 'failed-%'`,
      values: [],
    });
  });
  await database.query({
    text: `UPDATE user_external_accounts SET last_used_at = now(),
      single_sign_on = jsonb_build_object('initech', jsonb_build_object('url', $2::text, 'id', '7154722', 'at', now()))
      WHERE user_id = $1 AND provider = 'github'`,
    values: [userId, `${stack.sandbox.webUrl}/orgs/initech/sso`],
  });
  // Acme ended it, and could not be asked whether all of it is gone.
  await database.query({
    text: `WITH ended AS (
        UPDATE user_external_accounts SET state = 'revoked', access_token = NULL, refresh_token = NULL, key_id = NULL,
          refresh_token_names = '{}', revoked_at = now(), revocation_reason = 'admin', version = version + 1
        WHERE user_id = $1 AND provider = 'acme' RETURNING user_id, identity_id, provider)
      INSERT INTO pending_revocations (provider, kind, user_id, identity_id, state, attempts, last_error)
      SELECT provider, 'grant', user_id, identity_id, 'unconfirmed', 3, 'refused' FROM ended`,
    values: [userId],
  });
}
