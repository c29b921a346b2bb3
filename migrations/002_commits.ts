import type { Knex } from "knex";

/** What a commit needs to be made exactly once, and a person's consent to be signed off for. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE users ADD COLUMN sign_off boolean NOT NULL DEFAULT false;

    -- The address that GitHub last put on a commit of that person: their choice, which GitHub tells only afterwards.
    ALTER TABLE identities ADD COLUMN commit_email text;

    -- One row a key and bot, for 7 days. attempts: on which heads the commit was sent, and what it looked like; each may
    -- have been made without its answer reaching us.
    CREATE TABLE commits (
      bot_id uuid NOT NULL REFERENCES bots,
      idempotency_key text NOT NULL,
      body_hash bytea NOT NULL,
      run_id uuid,
      run_until timestamptz,
      attempts jsonb NOT NULL DEFAULT '[]',
      status integer,
      answer jsonb,
      created_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (bot_id, idempotency_key),
      CHECK ((status IS NULL) = (answer IS NULL))
    );
    CREATE INDEX commits_created_at ON commits (created_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    DROP TABLE commits;
    ALTER TABLE identities DROP COLUMN commit_email;
    ALTER TABLE users DROP COLUMN sign_off;
  `);
}
