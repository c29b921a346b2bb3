import type { Knex } from "knex";

/**
 * People, what they connected, who may act for them, and what was done.
 * Personal data lives in `identities` alone; everything else refers to it.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE encryption_keys (
      id text PRIMARY KEY,
      check_value bytea NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    );

    CREATE TABLE users (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      external_id text UNIQUE,
      role text NOT NULL DEFAULT 'member' CHECK (role IN ('member', 'admin')),
      status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'deactivated')),
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now()
    );

    -- user_id: as whom this identity signs in. An identity can outlive its account, so the account can't tell.
    CREATE TABLE identities (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      provider text NOT NULL,
      provider_uid text NOT NULL,
      user_id uuid REFERENCES users ON DELETE SET NULL,
      login text NOT NULL,
      display_name text,
      email text,
      avatar_url text,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (provider, provider_uid)
    );
    CREATE INDEX identities_provider_uid ON identities (provider_uid, provider);
    CREATE INDEX identities_user_id ON identities (user_id);

    CREATE TABLE user_external_accounts (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
      provider text NOT NULL,
      identity_id uuid NOT NULL REFERENCES identities,
      state text NOT NULL CHECK (state IN ('pending', 'active', 'limited', 'revoked')),
      version integer NOT NULL DEFAULT 1,
      access_token bytea,
      refresh_token bytea,
      key_id text,
      access_expires_at timestamptz,
      refresh_due_at timestamptz,
      refresh_expires_at timestamptz,
      scopes jsonb NOT NULL DEFAULT '[]',
      metadata jsonb NOT NULL DEFAULT '{}',
      lease_id uuid,
      lease_until timestamptz,
      suspect_until timestamptz,
      forced_refresh_at timestamptz,
      failure_count integer NOT NULL DEFAULT 0,
      retry_after timestamptz,
      connected_at timestamptz NOT NULL DEFAULT now(),
      last_refreshed_at timestamptz,
      last_used_at timestamptz,
      revoked_at timestamptz,
      revocation_reason text
        CHECK (revocation_reason IN ('user_revoked', 'refresh_failed', 'admin', 'provider_event')),
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (user_id, provider),
      CHECK ((state = 'revoked') = (access_token IS NULL)),
      CHECK (state <> 'revoked' OR refresh_token IS NULL),
      CHECK ((access_token IS NULL) = (key_id IS NULL))
    );
    CREATE UNIQUE INDEX user_external_accounts_live_identity
      ON user_external_accounts (provider, identity_id) WHERE state <> 'revoked';
    CREATE INDEX user_external_accounts_identity ON user_external_accounts (identity_id);
    CREATE INDEX user_external_accounts_key_id ON user_external_accounts (key_id) WHERE key_id IS NOT NULL;

    -- What must still be ended at a provider: a grant, or one token of a grant that goes on.
    CREATE TABLE pending_revocations (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      provider text NOT NULL,
      kind text NOT NULL CHECK (kind IN ('grant', 'token')),
      user_id uuid,
      identity_id uuid REFERENCES identities ON DELETE SET NULL,
      state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'unconfirmed')),
      access_token bytea,
      refresh_token bytea,
      key_id text,
      access_expires_at timestamptz,
      attempts integer NOT NULL DEFAULT 0,
      last_error text,
      next_attempt_at timestamptz NOT NULL DEFAULT now(),
      lease_until timestamptz,
      created_at timestamptz NOT NULL DEFAULT now(),
      CHECK ((state = 'pending') = (access_token IS NOT NULL)),
      CHECK ((access_token IS NULL) = (key_id IS NULL))
    );
    CREATE INDEX pending_revocations_due ON pending_revocations (next_attempt_at) WHERE state = 'pending';
    CREATE INDEX pending_revocations_identity ON pending_revocations (identity_id);
    CREATE INDEX pending_revocations_user ON pending_revocations (user_id);
    CREATE INDEX pending_revocations_key_id ON pending_revocations (key_id) WHERE key_id IS NOT NULL;

    -- id is the SHA-256 of the cookie's value.
    CREATE TABLE browser_sessions (
      id bytea PRIMARY KEY,
      user_id uuid REFERENCES users ON DELETE CASCADE,
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz NOT NULL
    );
    CREATE INDEX browser_sessions_user_id ON browser_sessions (user_id);
    CREATE INDEX browser_sessions_expires_at ON browser_sessions (expires_at);

    -- id is the SHA-256 of the state parameter. The PKCE verifier is not stored: it is derived from the state and the
    -- browser's own session secret.
    CREATE TABLE oauth_transactions (
      id bytea PRIMARY KEY,
      session_id bytea NOT NULL REFERENCES browser_sessions ON DELETE CASCADE,
      provider text NOT NULL,
      purpose text NOT NULL CHECK (purpose IN ('sign_in', 'connect')),
      return_to text,
      expires_at timestamptz NOT NULL,
      used_at timestamptz
    );
    CREATE INDEX oauth_transactions_session_id ON oauth_transactions (session_id);
    CREATE INDEX oauth_transactions_expires_at ON oauth_transactions (expires_at);

    CREATE TABLE bots (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      name text NOT NULL,
      kind text NOT NULL CHECK (kind IN ('bot', 'platform')),
      created_at timestamptz NOT NULL DEFAULT now(),
      revoked_at timestamptz
    );
    CREATE UNIQUE INDEX bots_live_name ON bots (name) WHERE revoked_at IS NULL;

    CREATE TABLE keys (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      bot_id uuid NOT NULL REFERENCES bots,
      key_hash bytea NOT NULL UNIQUE,
      created_at timestamptz NOT NULL DEFAULT now(),
      revoked_at timestamptz
    );
    CREATE INDEX keys_bot_id ON keys (bot_id);

    CREATE TABLE delegations (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
      bot_id uuid NOT NULL REFERENCES bots,
      provider text NOT NULL,
      repositories text[] NOT NULL CHECK (cardinality(repositories) > 0),
      branches text[] NOT NULL CHECK (cardinality(branches) > 0),
      capabilities text[] NOT NULL CHECK (cardinality(capabilities) > 0),
      granted_by text NOT NULL CHECK (granted_by IN ('user', 'operator')),
      created_at timestamptz NOT NULL DEFAULT now(),
      ends_at timestamptz,
      ended_at timestamptz
    );
    CREATE INDEX delegations_live ON delegations (user_id, bot_id, provider) WHERE ended_at IS NULL;

    -- target and detail hold no personal data but a repository's name.
    CREATE TABLE audit_events (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at timestamptz NOT NULL DEFAULT now(),
      action text NOT NULL,
      actor text NOT NULL CHECK (actor IN ('user', 'bot', 'operator', 'provider', 'system')),
      result text NOT NULL CHECK (result IN ('started', 'succeeded', 'failed')),
      code text,
      user_id uuid,
      bot_id uuid,
      identity_id uuid,
      provider text,
      repository text,
      branch text,
      attribution text,
      requested_by text,
      run_url text,
      request_id text,
      detail jsonb NOT NULL DEFAULT '{}',
      completed_at timestamptz
    );
    CREATE INDEX audit_events_user ON audit_events (user_id, id);
    CREATE INDEX audit_events_bot ON audit_events (bot_id, id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    DROP TABLE audit_events, delegations, keys, bots, oauth_transactions, browser_sessions, pending_revocations,
      user_external_accounts, identities, users, encryption_keys;
  `);
}
