import type { Knex } from "knex";

const tables = ["user_external_accounts", "pending_revocations", "deliveries"];

/**
 * A rotation goes through what a key seals in the order of the rows' ids, so that it never comes past the same row
 * twice, and finds what is left among a million rows that are done.
 */
export async function up(knex: Knex): Promise<void> {
  for (const table of tables) {
    await knex.raw(`
      CREATE INDEX ${table}_sealed ON ${table} (key_id, id) WHERE key_id IS NOT NULL;
      DROP INDEX ${table}_key_id;
    `);
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const table of tables) {
    await knex.raw(`
      CREATE INDEX ${table}_key_id ON ${table} (key_id) WHERE key_id IS NOT NULL;
      DROP INDEX ${table}_sealed;
    `);
  }
}
