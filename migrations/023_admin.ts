import type { Knex } from "knex";

/** What admins' pages show and change: keys that overlap, lists that are long, and how often refreshing failed. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- ends_at: a key that another one has taken the place of goes on until then. last_used_at: to the minute.
    ALTER TABLE keys ADD COLUMN ends_at timestamptz, ADD COLUMN last_used_at timestamptz;

    -- Counts accounts without their rows, and lists those of a provider in a state.
    CREATE INDEX user_external_accounts_state ON user_external_accounts (provider, state, id);

    -- An admin chose that person: they have it synced as them for as long as they let some bot read it.
    ALTER TABLE repositories ADD COLUMN needs_delegation boolean NOT NULL DEFAULT false;

    CREATE INDEX users_listed ON users (created_at, id);
    CREATE INDEX users_deactivated ON users (created_at, id) WHERE status = 'deactivated';
    CREATE INDEX users_external_id_order ON users ((external_id COLLATE "C"), id) WHERE external_id IS NOT NULL;

    -- As attribution_days: accounts that a provider refused to renew, by day (UTC).
    CREATE TABLE refresh_failure_days (
      day date NOT NULL,
      provider text NOT NULL,
      events integer NOT NULL,
      PRIMARY KEY (day, provider)
    );
    INSERT INTO refresh_failure_days (day, provider, events)
      SELECT (e.at AT TIME ZONE 'UTC')::date, e.provider, count(*) FROM audit_events e
      WHERE e.action = 'account.revoked' AND e.detail ->> 'reason' = 'refresh_failed' AND e.provider IS NOT NULL
        AND e.at < (SELECT done_until FROM errands WHERE name = 'activity days')
        AND e.at >= ((now() AT TIME ZONE 'UTC')::date - 29)::timestamp AT TIME ZONE 'UTC'
      GROUP BY 1, 2;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    DROP TABLE refresh_failure_days;
    -- The version before would go on without asking.
    UPDATE repositories SET synced_by_user_id = NULL WHERE needs_delegation;
    ALTER TABLE repositories DROP COLUMN needs_delegation;
    DROP INDEX users_external_id_order, users_deactivated, users_listed, user_external_accounts_state;
    -- The version before would let a key go on that has ended, or is to end.
    UPDATE keys SET revoked_at = now() WHERE revoked_at IS NULL AND ends_at IS NOT NULL;
    ALTER TABLE keys DROP COLUMN ends_at, DROP COLUMN last_used_at;
  `);
}
