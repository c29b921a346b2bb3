import type { Knex } from "knex";

/** Where a provider counts the requests of all replicas together: as many rows as it takes in a second. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE request_slots (
      name text NOT NULL,
      slot smallint NOT NULL,
      holder uuid,
      free_at timestamptz NOT NULL DEFAULT '-infinity',
      PRIMARY KEY (name, slot)
    )
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP TABLE request_slots");
}
