import type { Knex } from "knex";

/**
 * What the host platform is told. The database itself writes it, with the row that it is about: so it is told whoever
 * changes that row, by whichever statement and from whichever process, and it is rolled back with it.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Who ended it: here, by a decision, or the provider.
    ALTER TABLE user_external_accounts ADD COLUMN ended_by text
      CHECK (ended_by IN ('user', 'platform', 'admin', 'operator', 'provider'));
    ALTER TABLE delegations ADD COLUMN end_reason text
      CHECK (end_reason IN ('user', 'operator', 'user_deactivated', 'bot_revoked', 'expired'));
    -- From now on the end of a permission's time is noted; what ran out before is nobody's news.
    UPDATE delegations SET ended_at = ends_at, end_reason = 'expired' WHERE ended_at IS NULL AND ends_at <= now();
    CREATE INDEX delegations_ends_at ON delegations (ends_at) WHERE ended_at IS NULL;

    -- A row while there is somebody to tell: commands write events, too, and know nothing of the server's configuration.
    CREATE TABLE event_receivers (sole boolean PRIMARY KEY DEFAULT true CHECK (sole));

    -- sequence: of the events of one account, in the order of its changes, since its row is locked while it changes.
    -- What was delivered is deleted.
    CREATE TABLE events (
      sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
      type text NOT NULL CHECK (type IN ('account.connected', 'account.limited', 'account.revoked',
        'account.reconnect_needed', 'account.disconnected', 'delegation.ended')),
      occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      user_id uuid NOT NULL,
      external_id text,
      provider text NOT NULL,
      account_id uuid,
      account_state text,
      delegation_id uuid,
      bot_id uuid,
      reason text,
      attempts integer NOT NULL DEFAULT 0,
      next_attempt_at timestamptz NOT NULL DEFAULT now(),
      last_error text,
      failed_at timestamptz,
      CHECK ((account_id IS NULL) = (type = 'delegation.ended')),
      CHECK ((delegation_id IS NULL) = (account_id IS NOT NULL))
    );
    CREATE INDEX events_due ON events (next_attempt_at) WHERE failed_at IS NULL;
    CREATE INDEX events_failed_at ON events (failed_at) WHERE failed_at IS NOT NULL;

    CREATE FUNCTION tell_of_account() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO events (type, user_id, external_id, provider, account_id, account_state, reason)
      SELECT CASE
          WHEN NEW.state = 'active' THEN 'account.connected'
          WHEN NEW.state = 'limited' THEN 'account.limited'
          WHEN NEW.revocation_reason = 'refresh_failed' THEN 'account.reconnect_needed'
          WHEN NEW.ended_by IN ('user', 'platform') THEN 'account.disconnected'
          ELSE 'account.revoked' END,
        u.id, u.external_id, NEW.provider, NEW.id, NEW.state,
        CASE NEW.state WHEN 'limited' THEN 'missing_scopes' ELSE NEW.revocation_reason END
      FROM users u WHERE u.id = NEW.user_id AND EXISTS (SELECT 1 FROM event_receivers);
      IF FOUND THEN PERFORM pg_notify('onbehalf_accounts', 'events'); END IF;
      RETURN NULL;
    END $$;

    CREATE FUNCTION tell_of_delegation() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO events (type, user_id, external_id, provider, delegation_id, bot_id, reason)
      SELECT 'delegation.ended', u.id, u.external_id, NEW.provider, NEW.id, NEW.bot_id,
        CASE WHEN NEW.ends_at <= NEW.ended_at THEN 'expired' ELSE NEW.end_reason END
      FROM users u WHERE u.id = NEW.user_id AND EXISTS (SELECT 1 FROM event_receivers);
      IF FOUND THEN PERFORM pg_notify('onbehalf_accounts', 'events'); END IF;
      RETURN NULL;
    END $$;

    -- A pending account is none yet: neither its beginning nor its end is told.
    CREATE TRIGGER tell_of_account AFTER INSERT ON user_external_accounts FOR EACH ROW
      WHEN (NEW.state IN ('active', 'limited')) EXECUTE FUNCTION tell_of_account();
    -- A pair that takes the place of another one, as after each refresh, changes nothing for the platform.
    CREATE TRIGGER tell_of_changed_account AFTER UPDATE OF state, scopes, identity_id ON user_external_accounts
      FOR EACH ROW
      WHEN ((NEW.state IN ('active', 'limited') AND (OLD.state <> NEW.state OR OLD.identity_id <> NEW.identity_id
          OR NOT (OLD.scopes @> NEW.scopes AND NEW.scopes @> OLD.scopes)))
        OR (NEW.state = 'revoked' AND OLD.state IN ('active', 'limited')))
      EXECUTE FUNCTION tell_of_account();
    CREATE TRIGGER tell_of_delegation AFTER UPDATE OF ended_at ON delegations FOR EACH ROW
      WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION tell_of_delegation();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    DROP TRIGGER tell_of_account ON user_external_accounts;
    DROP TRIGGER tell_of_changed_account ON user_external_accounts;
    DROP TRIGGER tell_of_delegation ON delegations;
    DROP FUNCTION tell_of_account(), tell_of_delegation();
    DROP TABLE events, event_receivers;
    DROP INDEX delegations_ends_at;
    UPDATE delegations SET ended_at = NULL WHERE end_reason = 'expired';
    ALTER TABLE delegations DROP COLUMN end_reason;
    ALTER TABLE user_external_accounts DROP COLUMN ended_by;
  `);
}
