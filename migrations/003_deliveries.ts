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
      CHECK (state <> 'received' OR payload IS NOT NULL)
    );
    CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE state = 'received';
    CREATE INDEX deliveries_settled_at ON deliveries (settled_at) WHERE state <> 'received';
    CREATE INDEX deliveries_key_id ON deliveries (key_id) WHERE key_id IS NOT NULL;

    -- What only one replica does at a time, and how far it got.
    CREATE TABLE errands (
      name text PRIMARY KEY,
      lease_until timestamptz,
      done_until timestamptz
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP TABLE errands, deliveries;");
}
