import { randomUUID } from "node:crypto";
import type { Queryable } from "./database.ts";

/** Something that one replica at a time does now and then, while this one does it. */
export interface Errand {
  name: string;
  leaseId: string;
  /** How far it got. */
  doneUntil: Date | null;
  now: Date;
}

/** Longer than one request to a provider may take; whoever does more renews it. */
const leaseSeconds = 30;

/**
 * Claims an errand.
 * @param errand.takeOver true: whenever it was done before, and also from a replica that seems to do it just now (which
 *   may be dead) and finds out when it renews
 * @returns null: another replica does it just now, or it is not due
 */
export async function claimErrand(
  database: Queryable,
  errand: { name: string; takeOver: boolean },
): Promise<Errand | null> {
  const { name, takeOver } = errand;
  const leaseId = randomUUID();
  const { rows } = await database.query<{ done_until: Date | null; now: Date }>({
    name: "claim-errand",
    text: `INSERT INTO errands AS e (name, lease_id, lease_until)
      VALUES ($1, $2, clock_timestamp() + $3 * interval '1 s')
      ON CONFLICT (name) DO UPDATE SET lease_id = excluded.lease_id, lease_until = excluded.lease_until
      WHERE $4 OR (coalesce(e.lease_until, '-infinity') <= clock_timestamp()
        AND coalesce(e.due_at, '-infinity') <= clock_timestamp())
      RETURNING done_until, clock_timestamp() AS now`,
    values: [name, leaseId, leaseSeconds, takeOver],
  });
  const row = rows[0];
  return row ? { name, leaseId, doneUntil: row.done_until, now: row.now } : null;
}

/**
 * Keeps an errand that takes longer.
 * @returns false: it was lost to another replica meanwhile
 */
export async function renewErrand(database: Queryable, errand: Errand): Promise<boolean> {
  const { rowCount } = await database.query({
    name: "renew-errand",
    text: `UPDATE errands SET lease_until = clock_timestamp() + $3 * interval '1 s' WHERE name = $1 AND lease_id = $2`,
    values: [errand.name, errand.leaseId, leaseSeconds],
  });
  return rowCount === 1;
}

/**
 * Lets go of an errand.
 * @param end.againInSeconds when it is due again
 * @param end.doneUntil how far it got; null: no further than before
 */
export async function endErrand(
  database: Queryable,
  errand: Errand,
  end: { againInSeconds: number; doneUntil: Date | null },
): Promise<void> {
  await database.query({
    name: "end-errand",
    text: `UPDATE errands SET lease_id = NULL, lease_until = NULL, done_until = coalesce($3, done_until),
        due_at = clock_timestamp() + $4 * interval '1 s'
      WHERE name = $1 AND lease_id = $2`,
    values: [errand.name, errand.leaseId, end.doneUntil, end.againInSeconds],
  });
}
