import type { Knex } from "knex";

/** Keys for sandboxes: one bot as one person on named repositories, for hours. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- pass_hash is the SHA-256 of the pass. delegation_ids: those that it comes from; what they allow is read again with
    -- each request, so that a pass is never wider than they are by then. repository_ids stand at the same place as their
    -- names: a name that belongs to another repository by now is refused.
    CREATE TABLE passes (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      pass_hash bytea NOT NULL UNIQUE,
      bot_id uuid NOT NULL REFERENCES bots,
      made_with uuid NOT NULL REFERENCES keys,
      user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
      provider text NOT NULL,
      delegation_ids uuid[] NOT NULL CHECK (cardinality(delegation_ids) > 0),
      repositories text[] NOT NULL CHECK (cardinality(repositories) > 0),
      repository_ids bigint[] NOT NULL,
      branches text[] NOT NULL CHECK (cardinality(branches) > 0),
      paths text[] CHECK (cardinality(paths) > 0),
      capabilities text[] NOT NULL CHECK (cardinality(capabilities) > 0),
      requested_by text,
      run_url text,
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz NOT NULL,
      ended_at timestamptz,
      CHECK (cardinality(repository_ids) = cardinality(repositories))
    );
    CREATE INDEX passes_user ON passes (user_id) WHERE ended_at IS NULL;
    CREATE INDEX passes_expires_at ON passes (expires_at);

    -- The most that anybody can delegate to a bot; null: no limit.
    ALTER TABLE bots ADD COLUMN ceiling jsonb;

    ALTER TABLE audit_events ADD COLUMN pass_id uuid;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE audit_events DROP COLUMN pass_id;
    ALTER TABLE bots DROP COLUMN ceiling;
    DROP TABLE passes;
  `);
}
