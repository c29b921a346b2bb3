import type { Knex } from "knex";

/** Bots that an admin offers to everybody, and bots that a person refused. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- An offer never changes: another one takes its place. So its id says what a person was shown.
    CREATE TABLE offers (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      bot_id uuid NOT NULL REFERENCES bots,
      provider text NOT NULL,
      repositories text[] NOT NULL CHECK (cardinality(repositories) > 0),
      branches text[] NOT NULL CHECK (cardinality(branches) > 0),
      capabilities text[] NOT NULL CHECK (cardinality(capabilities) > 0),
      offered_at timestamptz NOT NULL DEFAULT now(),
      withdrawn_at timestamptz
    );
    CREATE UNIQUE INDEX offers_live ON offers (provider, bot_id) WHERE withdrawn_at IS NULL;

    CREATE TABLE refusals (
      user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
      bot_id uuid NOT NULL REFERENCES bots,
      provider text NOT NULL,
      refused_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (user_id, bot_id, provider)
    );

    -- The offers that the person was shown and did not refuse.
    ALTER TABLE oauth_transactions ADD COLUMN offer_ids uuid[] NOT NULL DEFAULT '{}';

    -- Whether a person ever had a permission for a bot: then it is not offered to them any more.
    CREATE INDEX delegations_ever ON delegations (user_id, bot_id, provider);

    -- What there is already satisfies it: the values before are among these.
    ALTER TABLE delegations DROP CONSTRAINT delegations_granted_by_check;
    ALTER TABLE delegations ADD CONSTRAINT delegations_granted_by_check
      CHECK (granted_by IN ('user', 'operator', 'offer')) NOT VALID;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Who connected agreed to it.
    UPDATE delegations SET granted_by = 'user' WHERE granted_by = 'offer';
    ALTER TABLE delegations DROP CONSTRAINT delegations_granted_by_check;
    ALTER TABLE delegations ADD CONSTRAINT delegations_granted_by_check CHECK (granted_by IN ('user', 'operator'));
    DROP INDEX delegations_ever;
    ALTER TABLE oauth_transactions DROP COLUMN offer_ids;
    DROP TABLE refusals, offers;
  `);
}
