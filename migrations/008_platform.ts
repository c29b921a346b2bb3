import type { Knex } from "knex";

/** Host platforms and admins end accounts, too, and look at what there is. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- What there is already satisfies it: the values before are among these.
    ALTER TABLE audit_events DROP CONSTRAINT audit_events_actor_check;
    ALTER TABLE audit_events ADD CONSTRAINT audit_events_actor_check
      CHECK (actor IN ('user', 'admin', 'platform', 'bot', 'operator', 'provider', 'system')) NOT VALID;
    CREATE INDEX audit_events_action ON audit_events (action, id);
    CREATE INDEX audit_events_at ON audit_events (at);

    -- In the order of bytes, so that a page of people and those whose login begins with some letters are one range.
    CREATE INDEX identities_login ON identities ((lower(login) COLLATE "C"), id);
    CREATE INDEX pending_revocations_listed ON pending_revocations (state, created_at, id);
    CREATE INDEX bots_name ON bots (name);

    -- Until now the configuration alone made admins, and its list is asked from now on.
    UPDATE users SET role = 'member', updated_at = now() WHERE role = 'admin';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    DROP INDEX audit_events_action, audit_events_at, identities_login, pending_revocations_listed, bots_name;
    UPDATE audit_events SET actor = 'operator' WHERE actor IN ('admin', 'platform');
    ALTER TABLE audit_events DROP CONSTRAINT audit_events_actor_check;
    ALTER TABLE audit_events ADD CONSTRAINT audit_events_actor_check
      CHECK (actor IN ('user', 'bot', 'operator', 'provider', 'system'));
  `);
}
