import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Keyring } from "../../crypto/keyring.ts";
import { open, type SealContext, seal } from "../../crypto/seal.ts";
import type { Queryable } from "../database.ts";

/** What an erased person was called. It is kept, sealed, for as long as places are searched for it. */
const erasedNames = z.object({
  /** What takes the place of their names. No login looks like it. */
  pseudonym: z.string(),
  userId: z.string(),
  /** At GitHub. */
  logins: z.array(z.string()),
  /** Logins that they had before, and that nobody known here has now. */
  formerLogins: z.array(z.string()),
  /** E-mail addresses and names, and what they are called elsewhere. */
  words: z.array(z.string()),
  /** Their numbers at GitHub. */
  numbers: z.array(z.string()),
  externalId: z.string().nullable(),
});

export type ErasedNames = z.infer<typeof erasedNames>;

export interface Erasure {
  id: string;
  names: ErasedNames;
}

/** What runs at an erasure, such as a commit in a repository of that person, is over by the second search. */
const secondSearchMinutes = 5;

/** Queues the search for an erased person's names. */
export async function addErasure(
  deps: { keyring: Keyring },
  transaction: Queryable,
  names: ErasedNames,
): Promise<string> {
  const id = randomUUID();
  const sealed = seal(deps.keyring, placeOf(id, names.userId), JSON.stringify(names));
  await transaction.query({
    text: "INSERT INTO erasures (id, user_id, names, key_id) VALUES ($1, $2, $3, $4)",
    values: [id, names.userId, sealed, deps.keyring.activeId],
  });
  return id;
}

/**
 * Claims a search that is due for five minutes; without an id any.
 * @throws Problem `cannot_unseal`
 */
export async function claimErasure(
  deps: { database: Queryable; keyring: Keyring },
  id?: string,
): Promise<Erasure | null> {
  const { rows } = await deps.database.query<{ id: string; user_id: string; names: Buffer }>({
    text: `UPDATE erasures SET due_at = clock_timestamp() + interval '5 minutes'
      WHERE id = (SELECT id FROM erasures WHERE due_at <= now() AND ($1::uuid IS NULL OR id = $1)
        ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING id, user_id, names`,
    values: [id ?? null],
  });
  const row = rows[0];
  if (!row) return null;
  const text = open(deps.keyring, placeOf(row.id, row.user_id), row.names);
  return { id: row.id, names: erasedNames.parse(JSON.parse(text)) };
}

/** A search came to its end: the first is repeated after a while, and after the second the names are forgotten. */
export async function settleErasure(database: Queryable, id: string): Promise<void> {
  await database.query({ text: "DELETE FROM erasures WHERE id = $1 AND searches > 0", values: [id] });
  await database.query({
    text: `UPDATE erasures SET searches = searches + 1, due_at = clock_timestamp() + $2 * interval '1 minute'
      WHERE id = $1`,
    values: [id, secondSearchMinutes],
  });
}

/** A search was broken off: the next one may begin. */
export async function releaseErasure(database: Queryable, id: string): Promise<void> {
  await database.query({ text: "UPDATE erasures SET due_at = clock_timestamp() WHERE id = $1", values: [id] });
}

function placeOf(id: string, userId: string): SealContext {
  return { table: "erasures", column: "names", rowId: id, userId, provider: "" };
}
