import type { Knex } from "knex";

/** Deliveries are stored before they are acknowledged, and handled from here (invariant 7). */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- delivery_id is the sender's own, unchanged when it is sent again: it drops repeats.
    -- The payload names people who never heard of us: it is sealed, and emptied once it is handled.
    CREATE TABLE deliveries (
      id uuid PRIMARY KEY,
      provider text NOT NULL,
      delivery_id text NOT NULL,
      event text NOT NULL,
      payload bytea,
      key_id text,
      state text NOT NULL DEFAULT 'received' CHECK (state IN ('received', 'handled', 'failed')),
      attempts integer NOT NULL DEFAULT 0,
      next_attempt_at timestamptz NOT NULL DEFAULT now(),
      last_error text,
      received_at timestamptz NOT NULL DEFAULT now(),
      settled_at timestamptz,
      UNIQUE (provider, delivery_id),
      CHECK ((payload IS NULL) = (key_id IS NULL)),
      CHECK ((payload IS NULL) = (state = 'handled')),
      CHECK ((settled_at IS NULL) = (state = 'received'))
    );
    CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE state = 'received';
    CREATE INDEX deliveries_settled_at ON deliveries (state, settled_at) WHERE state <> 'received';
    CREATE INDEX deliveries_key_id ON deliveries (key_id) WHERE key_id IS NOT NULL;

    -- How often GitHub was asked to send a delivery again that never reached us.
    CREATE TABLE requested_deliveries (
      provider text NOT NULL,
      delivery_id text NOT NULL,
      times integer NOT NULL DEFAULT 1,
      last_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (provider, delivery_id)
    );
    CREATE INDEX requested_deliveries_last_at ON requested_deliveries (last_at);

    -- What only one replica does at a time, when it is due again, and how far it got.
    CREATE TABLE errands (
      name text PRIMARY KEY,
      lease_id uuid,
      lease_until timestamptz,
      due_at timestamptz,
      done_until timestamptz
    );

    -- Events about nothing but a delivery are written once, however often it is handled.
    ALTER TABLE audit_events ADD COLUMN delivery_id text;
    CREATE UNIQUE INDEX audit_events_delivery ON audit_events (provider, delivery_id) WHERE delivery_id IS NOT NULL;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    DROP INDEX audit_events_delivery;
    ALTER TABLE audit_events DROP COLUMN delivery_id;
    DROP TABLE errands, requested_deliveries, deliveries;
  `);
}
