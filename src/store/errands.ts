import type { Queryable } from "./database.ts";

/** Something that one replica at a time does now and then, and how far it got. */
export interface Errand {
  doneUntil: Date | null;
  now: Date;
}

/**
 * Claims an errand.
 * @param seconds how long nobody else may do it
 * @returns null: another replica does it just now
 */
export async function claimErrand(database: Queryable, name: string, seconds: number): Promise<Errand | null> {
  const { rows } = await database.query<{ done_until: Date | null; now: Date }>({
    text: `INSERT INTO errands AS e (name, lease_until) VALUES ($1, clock_timestamp() + $2::float8 * interval '1 s')
      ON CONFLICT (name) DO UPDATE SET lease_until = excluded.lease_until
      WHERE e.lease_until IS NULL OR e.lease_until <= clock_timestamp()
      RETURNING done_until, clock_timestamp() AS now`,
    values: [name, seconds],
  });
  const row = rows[0];
  return row ? { doneUntil: row.done_until, now: row.now } : null;
}

/** Notes how far an errand got, and lets the next one come when it is due. */
export async function finishErrand(database: Queryable, name: string, doneUntil: Date): Promise<void> {
  await database.query({
    text: "UPDATE errands SET done_until = $2, lease_until = NULL WHERE name = $1",
    values: [name, doneUntil],
  });
}
