import type { Knex } from "knex";

/** What a provider was asked for: an answer that names no scopes granted just that (RFC 6749 5.1). */
export async function up(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE oauth_transactions ADD COLUMN scopes text[] NOT NULL DEFAULT '{}'");
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE oauth_transactions DROP COLUMN scopes");
}
