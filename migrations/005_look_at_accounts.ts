import type { Knex } from "knex";

/** When the background looks at an account next, so that those that are due are found through an index. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- The default is for the version before, which goes on connecting accounts while replicas are exchanged.
    ALTER TABLE user_external_accounts
      ADD COLUMN look_at timestamptz NOT NULL DEFAULT now() + interval '1 day';
    -- The oldest pair comes first.
    UPDATE user_external_accounts SET look_at = coalesce(last_refreshed_at, connected_at) + interval '1 day';
    CREATE INDEX user_external_accounts_look_at
      ON user_external_accounts (provider, look_at) WHERE state IN ('active', 'limited');
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE user_external_accounts DROP COLUMN look_at");
}
