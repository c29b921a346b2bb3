import type { Knex } from "knex";

/** Links with which a host platform has people connect, and what came of them until the platform confirms it. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- session_id: the browser that used it. It refers to no session, since what became of the link outlives that.
    -- code_hash: of the code with which the platform completes the connect.
    CREATE TABLE connect_links (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      secret_hash bytea NOT NULL UNIQUE,
      user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
      bot_id uuid NOT NULL REFERENCES bots,
      provider text NOT NULL,
      scopes text[] NOT NULL DEFAULT '{}',
      return_to text,
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz NOT NULL,
      session_id bytea,
      offer_ids uuid[] NOT NULL DEFAULT '{}',
      refused_offer_ids uuid[] NOT NULL DEFAULT '{}',
      code_hash bytea UNIQUE,
      outcome text CHECK (outcome IN ('connected', 'cancelled', 'expired'))
    );
    CREATE INDEX connect_links_user_id ON connect_links (user_id, created_at);
    CREATE INDEX connect_links_expires_at ON connect_links (expires_at);

    -- What a provider granted for a link, under the link's id. The account is pending once confirmed_at is set.
    CREATE TABLE pending_connects (
      id uuid PRIMARY KEY REFERENCES connect_links,
      user_id uuid NOT NULL REFERENCES users,
      provider text NOT NULL,
      identity_id uuid NOT NULL REFERENCES identities,
      access_token bytea NOT NULL,
      refresh_token bytea,
      key_id text NOT NULL,
      access_expires_at timestamptz,
      refresh_expires_at timestamptz,
      scopes jsonb NOT NULL,
      metadata jsonb NOT NULL,
      asked_at timestamptz NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz NOT NULL,
      confirmed_at timestamptz
    );
    CREATE INDEX pending_connects_expires_at ON pending_connects (expires_at);
    CREATE INDEX pending_connects_user_id ON pending_connects (user_id);
    CREATE INDEX pending_connects_identity_id ON pending_connects (identity_id);
    CREATE INDEX pending_connects_sealed ON pending_connects (key_id, id);

    ALTER TABLE oauth_transactions ADD COLUMN link_id uuid REFERENCES connect_links ON DELETE CASCADE;
    CREATE INDEX oauth_transactions_link_id ON oauth_transactions (link_id) WHERE link_id IS NOT NULL;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE oauth_transactions DROP COLUMN link_id;
    DROP TABLE pending_connects, connect_links;
  `);
}
