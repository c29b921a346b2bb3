import type { Knex } from "knex";

/** Finds the identities whose id begins alike, such as all of an amoCRM account's users. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('CREATE INDEX identities_uid_order ON identities (provider, provider_uid COLLATE "C")');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP INDEX identities_uid_order");
}
