import type { Knex } from "knex";

/**
 * Keyed hashes of how a provider names an account's refresh token when it tells of its end, to find the account by. Of
 * accounts that are connected already nothing is known until they are connected again; their end is found out as before.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE user_external_accounts ADD COLUMN refresh_token_names bytea[]");
  await knex.raw(`CREATE INDEX user_external_accounts_refresh_token_names ON user_external_accounts
    USING gin (refresh_token_names) WHERE refresh_token_names IS NOT NULL`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE user_external_accounts DROP COLUMN refresh_token_names");
}
