import type { Knex } from "knex";

/** What people's pages show: which browser a session is, and how much was done on a day. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- public_id: what pages name a session by, since id comes from its cookie. browser: two words made from what the
    -- browser said at the sign-in, never its own text. No address is kept.
    ALTER TABLE browser_sessions
      ADD COLUMN public_id uuid NOT NULL DEFAULT gen_random_uuid(),
      ADD COLUMN browser text,
      ADD COLUMN last_seen_at timestamptz NOT NULL DEFAULT now();

    -- Counts of audit events by day (UTC), an hour at a time and up to the errand 'activity days'; what came after is
    -- counted where it is. So no page counts millions, and what writes events pays for no other index.
    CREATE TABLE activity_days (
      user_id uuid NOT NULL,
      day date NOT NULL,
      bot_id uuid NOT NULL,
      events integer NOT NULL,
      PRIMARY KEY (user_id, day, bot_id)
    );
    CREATE INDEX activity_days_day ON activity_days (day);
    CREATE TABLE attribution_days (
      day date NOT NULL,
      attribution text NOT NULL,
      events integer NOT NULL,
      PRIMARY KEY (day, attribution)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    DROP TABLE attribution_days, activity_days;
    DELETE FROM errands WHERE name = 'activity days';
    ALTER TABLE browser_sessions DROP COLUMN public_id, DROP COLUMN browser, DROP COLUMN last_seen_at;
  `);
}
