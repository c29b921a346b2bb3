import { randomUUID } from "node:crypto";
import type { Queryable } from "./database.ts";

/** One of the requests that a provider takes in a second, until it was answered and that second has passed. */
export interface Slot {
  name: string;
  slot: number;
  holder: string;
}

/** Makes the slots of a name, once; those that are there stay as they are. */
export async function makeSlots(database: Queryable, slots: { name: string; count: number }): Promise<void> {
  await database.query({
    text: `INSERT INTO request_slots (name, slot) SELECT $1, generate_series(1, $2::int)
      ON CONFLICT (name, slot) DO NOTHING`,
    values: [slots.name, slots.count],
  });
}

/**
 * Claims a slot that is free, the last ones first.
 * @param claim.most of the slots so many may be claimed, the first ones: the others are kept for somebody else
 * @param claim.seconds until it is free again when nobody gives it back, since its process died
 * @returns null: none is free
 */
export async function claimSlot(
  database: Queryable,
  { name, most, seconds }: { name: string; most: number; seconds: number },
): Promise<Slot | null> {
  const holder = randomUUID();
  const { rows } = await database.query<{ slot: number }>({
    name: "claim-slot",
    text: `UPDATE request_slots s SET holder = $2, free_at = clock_timestamp() + $3::float8 * interval '1 s'
      FROM (SELECT slot FROM request_slots WHERE name = $1 AND slot <= $4 AND free_at <= clock_timestamp()
        ORDER BY slot DESC LIMIT 1 FOR UPDATE SKIP LOCKED) free
      WHERE s.name = $1 AND s.slot = free.slot RETURNING s.slot`,
    values: [name, holder, seconds, most],
  });
  return rows[0] ? { name, slot: rows[0].slot, holder } : null;
}

/** Lets a slot be free in so many seconds, unless somebody else has it by now. */
export async function freeSlot(database: Queryable, { name, slot, holder }: Slot, inSeconds: number): Promise<void> {
  await database.query({
    name: "free-slot",
    text: `UPDATE request_slots SET holder = NULL, free_at = clock_timestamp() + $4::float8 * interval '1 s'
      WHERE name = $1 AND slot = $2 AND holder = $3`,
    values: [name, slot, holder, inSeconds],
  });
}
