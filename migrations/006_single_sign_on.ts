import type { Knex } from "knex";

/**
 * The organisations that keep an account out until its person has passed their single sign-on: by lower-cased login
 * {url, id, at}. No secret: the address is kept without its query, and it is an organisation's, not a person's.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE user_external_accounts ADD COLUMN single_sign_on jsonb NOT NULL DEFAULT '{}'");
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE user_external_accounts DROP COLUMN single_sign_on");
}
