import type { Knex } from "knex";

/** People who were deactivated or erased, and what keeps them from coming back without leaving their names here. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE users ADD COLUMN erased_at timestamptz;

    -- Audit events can name repositories of a person by the login of that day.
    ALTER TABLE identities ADD COLUMN former_logins text[] NOT NULL DEFAULT '{}';

    -- Random keys for hashes that rows are found by. They are sealed: rotating the master key leaves the hashes valid.
    CREATE TABLE lookup_keys (
      id text PRIMARY KEY,
      secret bytea NOT NULL,
      key_id text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX lookup_keys_key_id ON lookup_keys (key_id);

    -- hash: of an identity that may not sign in or connect any more, or of the external id that an erased user had, so
    -- that erasing can be repeated. user_id: who it was; that row is kept, and says nothing of an erased person.
    CREATE TABLE tombstones (
      hash bytea PRIMARY KEY,
      kind text NOT NULL CHECK (kind IN ('identity', 'external_id')),
      user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
      created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX tombstones_user_id ON tombstones (user_id);

    -- The names of an erased person, for as long as places are searched for them.
    CREATE TABLE erasures (
      id uuid PRIMARY KEY,
      user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
      names bytea NOT NULL,
      key_id text NOT NULL,
      searches integer NOT NULL DEFAULT 0,
      due_at timestamptz NOT NULL DEFAULT now(),
      created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX erasures_due_at ON erasures (due_at);
    CREATE INDEX erasures_key_id ON erasures (key_id);

    -- An erasure removes a user's delegations, also those that have ended.
    CREATE INDEX delegations_user_id ON delegations (user_id);

    -- identity_id outlives an erased identity: it is a random number then, by which revocations of one grant are told.
    ALTER TABLE pending_revocations DROP CONSTRAINT pending_revocations_identity_id_fkey;
    -- Until then a refresh may be under way that has spent the tokens in this row: that they are dead proves nothing.
    ALTER TABLE pending_revocations ADD COLUMN refresh_until timestamptz;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE pending_revocations DROP COLUMN refresh_until;
    UPDATE pending_revocations p SET identity_id = NULL
      WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.id = p.identity_id);
    ALTER TABLE pending_revocations ADD CONSTRAINT pending_revocations_identity_id_fkey
      FOREIGN KEY (identity_id) REFERENCES identities ON DELETE SET NULL;
    DROP INDEX delegations_user_id;
    DROP TABLE erasures, tombstones, lookup_keys;
    ALTER TABLE identities DROP COLUMN former_logins;
    ALTER TABLE users DROP COLUMN erased_at;
  `);
}
