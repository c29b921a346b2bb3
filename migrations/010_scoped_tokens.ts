import type { Knex } from "knex";

/** Tokens that GitHub itself made narrower than their person's, for one pass each. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- One a pass, with which it ends. expires_at null: GitHub did not say.
    CREATE TABLE scoped_tokens (
      id uuid PRIMARY KEY,
      pass_id uuid NOT NULL UNIQUE REFERENCES passes,
      user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
      provider text NOT NULL,
      token bytea NOT NULL,
      key_id text NOT NULL,
      expires_at timestamptz,
      -- When the pass expires: then it is ended at GitHub, too.
      end_at timestamptz NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX scoped_tokens_end_at ON scoped_tokens (end_at);
    CREATE INDEX scoped_tokens_user_id ON scoped_tokens (user_id);
    CREATE INDEX scoped_tokens_key_id ON scoped_tokens (key_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP TABLE scoped_tokens");
}
