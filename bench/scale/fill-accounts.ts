import { randomBytes, randomUUID } from "node:crypto";
import { createBot } from "../../src/actions/bots/create-bot.ts";
import type { Keyring } from "../../src/crypto/keyring.ts";
import { accountPlace, sealPair } from "../../src/store/accounts/account.ts";
import type { Database } from "../../src/store/database.ts";
import type { BenchDeps } from "../benchmarks.ts";
import { inTurns } from "../stage/in-turns.ts";

const chunk = 2_000;

/**
 * Stores so many people with a connected account each, who permitted one bot, a chunk in one statement. Every token is
 * sealed as the product seals it, for all of them are opened later. Some accounts are due for a look, the others within
 * the next day.
 * @returns the bot's key
 */
export async function fillAccounts(
  { progress, signal }: BenchDeps,
  deps: { database: Database; keyring: Keyring },
  size: { accounts: number; due: number },
): Promise<{ key: string }> {
  const { database } = deps;
  const { bot, key } = await createBot({ database }, { name: "bench-bot", kind: "bot" });
  const chunks = Array.from({ length: Math.ceil(size.accounts / chunk) }, (_, index) => index * chunk);
  let stored = 0;
  // Two at once: one is sealed while another one is stored.
  await inTurns(chunks, 2, async (from) => {
    signal.throwIfAborted();
    const count = Math.min(chunk, size.accounts - from);
    await storeChunk(deps, { botId: bot.id, from, count });
    stored += count;
    if (stored % 100_000 === 0) progress(`  ${stored.toLocaleString("en")} stored`);
  });
  await database.query({
    text: `UPDATE user_external_accounts SET look_at = now() - interval '1 hour' WHERE id IN
      (SELECT id FROM user_external_accounts ORDER BY id LIMIT $1)`,
    values: [size.due],
  });
  for (const table of ["users", "identities", "user_external_accounts", "delegations"]) {
    await database.query({ text: `VACUUM ANALYZE ${table}` });
  }
  return { key };
}

async function storeChunk(
  { database, keyring }: { database: Database; keyring: Keyring },
  { botId, from, count }: { botId: string; from: number; count: number },
): Promise<void> {
  const people = Array.from({ length: count }, () => {
    const [userId, identityId, accountId] = [randomUUID(), randomUUID(), randomUUID()];
    const tokens = {
      accessToken: `ghu_${randomBytes(18).toString("hex")}`,
      refreshToken: `ghr_${randomBytes(38).toString("hex")}`,
    };
    return {
      userId,
      identityId,
      accountId,
      sealed: sealPair(keyring, accountPlace(accountId, userId, "github"), tokens),
    };
  });
  await database.query({
    text: `WITH person AS (
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[], $5::bytea[]) WITH ORDINALITY
          AS p (user_id, identity_id, account_id, access_token, refresh_token, n)
      ), u AS (INSERT INTO users (id) SELECT user_id FROM person),
      i AS (
        INSERT INTO identities (id, provider, provider_uid, user_id, login, display_name, email)
        SELECT identity_id, 'github', $6::int + n, user_id, 'person-' || $6::int + n, 'Person ' || $6::int + n,
          'person-' || $6::int + n || '@example.com' FROM person
      ), d AS (
        INSERT INTO delegations (user_id, bot_id, provider, repositories, branches, capabilities, granted_by)
        SELECT user_id, $7, 'github', '{acme/*}', '{*}', '{commit}', 'user' FROM person
      )
      INSERT INTO user_external_accounts (id, user_id, provider, identity_id, state, access_token, refresh_token, key_id,
        access_expires_at, refresh_due_at, refresh_expires_at, look_at)
      SELECT account_id, user_id, 'github', identity_id, 'active', access_token, refresh_token, $8,
        now() + interval '8 hours', now() + interval '8 hours', now() + interval '6 months',
        now() + interval '2 hours' + random() * interval '22 hours' FROM person`,
    values: [
      people.map(({ userId }) => userId),
      people.map(({ identityId }) => identityId),
      people.map(({ accountId }) => accountId),
      people.map(({ sealed }) => sealed.access),
      people.map(({ sealed }) => sealed.refresh),
      from,
      botId,
      keyring.activeId,
    ],
  });
}
