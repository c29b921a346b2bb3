import type { Knex } from "knex";

/** Whose subjects a provider's identities are: under another issuer the same subject is somebody else. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE provider_issuers (
      provider text PRIMARY KEY,
      issuer text NOT NULL
    )
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP TABLE provider_issuers");
}
