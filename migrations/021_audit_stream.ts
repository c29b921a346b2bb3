import type { Knex } from "knex";

/**
 * Which audit events their receiver does not have yet. The database itself notes it, with the event: ids of
 * transactions that run at once are committed in any order, so that no last id could say what was sent.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- A row while there is a receiver: commands write events, too, and know nothing of the server's configuration.
    CREATE TABLE audit_receivers (sole boolean PRIMARY KEY DEFAULT true CHECK (sole));

    -- changes: so that what changes while it is sent is sent once more. written_by: until every transaction that began
    -- before has ended, a smaller id may still come. What was sent is deleted.
    CREATE TABLE audit_unsent (
      event_id bigint PRIMARY KEY,
      due_at timestamptz NOT NULL,
      changes integer NOT NULL DEFAULT 0,
      written_by xid8 NOT NULL DEFAULT pg_current_xact_id()
    );

    -- What has begun is sent once it is over, or after ten minutes as it is then.
    CREATE FUNCTION stream_audit_event() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO audit_unsent AS u (event_id, due_at)
      SELECT NEW.id, clock_timestamp() + CASE NEW.result WHEN 'started' THEN interval '10 minutes' ELSE '0' END
      WHERE EXISTS (SELECT 1 FROM audit_receivers)
      ON CONFLICT (event_id) DO UPDATE SET due_at = excluded.due_at, changes = u.changes + 1,
        written_by = excluded.written_by;
      RETURN NULL;
    END $$;
    CREATE TRIGGER stream_audit_event AFTER INSERT ON audit_events FOR EACH ROW
      EXECUTE FUNCTION stream_audit_event();
    CREATE TRIGGER stream_changed_audit_event AFTER UPDATE ON audit_events FOR EACH ROW
      WHEN (NEW.result <> 'started' AND OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION stream_audit_event();

    -- For counting accounts, which reads this alone.
    CREATE INDEX user_external_accounts_counted ON user_external_accounts (provider, state);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    DROP INDEX user_external_accounts_counted;
    DROP TRIGGER stream_audit_event ON audit_events;
    DROP TRIGGER stream_changed_audit_event ON audit_events;
    DROP FUNCTION stream_audit_event();
    DROP TABLE audit_unsent, audit_receivers;
  `);
}
