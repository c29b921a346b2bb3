import { type HeldAccount, type HeldRow, heldColumns, toHeldAccount } from "./accounts/held-account.ts";
import type { Queryable } from "./database.ts";

/** A user with whose authorisation something is to be synced. */
export interface SyncingPerson {
  active: boolean;
  account: HeldAccount | null;
}

/** Reads user and account in one statement; nothing of it is cached (invariant 4). */
export async function readSyncingPerson(
  database: Queryable,
  user: { userId: string; provider: string },
): Promise<SyncingPerson | null> {
  const { rows } = await database.query<Partial<HeldRow> & { active: boolean }>({
    name: "read-syncing-person",
    text: `SELECT u.status = 'active' AS active, ${heldColumns("a")}
      FROM users u LEFT JOIN user_external_accounts a ON a.user_id = u.id AND a.provider = $2 WHERE u.id = $1`,
    values: [user.userId, user.provider],
  });
  const row = rows[0];
  if (!row) return null;
  return { active: row.active, account: isHeldRow(row) ? toHeldAccount(row) : null };
}

function isHeldRow(row: Partial<HeldRow>): row is HeldRow {
  return typeof row.account_id === "string";
}
