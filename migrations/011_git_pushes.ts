import type { Knex } from "knex";

/** GitHub's push event finds the push that it is about. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE INDEX audit_events_push ON audit_events ((detail ->> 'from'), (detail ->> 'to')) WHERE action = 'git.push';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP INDEX audit_events_push");
}
