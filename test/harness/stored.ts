import type { Stack } from "./stack.ts";

const tables = [
  "users",
  "identities",
  "user_external_accounts",
  "pending_connects",
  "pending_revocations",
  "bots",
  "keys",
  "delegations",
];

/**
 * Every row that a refused request must leave as it was, with the grants that GitHub knows. Audit events, transactions
 * and sessions are not among them, nor is when a key was last used: attempts leave their traces there.
 */
export async function stored(stack: Stack): Promise<Record<string, unknown[]>> {
  const found: Record<string, unknown[]> = { grants: stack.sandbox.grants() };
  for (const table of tables) found[table] = await rowsOf(stack, table);
  return { ...found, keys: (found.keys ?? []).map(withoutUse) };
}

function withoutUse(row: unknown): unknown {
  return typeof row === "object" ? { ...row, last_used_at: null } : row;
}

/** The rows of a table as JSON, in a stable order. */
export async function rowsOf(stack: Stack, table: string): Promise<Record<string, unknown>[]> {
  const { rows } = await stack.database.query<{ row: Record<string, unknown> }>({
    text: `SELECT to_jsonb(t) AS row FROM ${table} t ORDER BY t.id`,
  });
  return rows.map(({ row }) => row);
}

/** What the audit log says since an event, but for what deliveries told: that comes when it comes. */
export async function auditSince(stack: Stack, after = 0): Promise<Record<string, unknown>[]> {
  const events = await rowsOf(stack, "audit_events");
  return events.filter(({ id, delivery_id }) => Number(id) > after && delivery_id === null);
}

/** Where the audit log stands. */
export async function lastAudit(stack: Stack): Promise<number> {
  return Number((await rowsOf(stack, "audit_events")).at(-1)?.id ?? 0);
}

/** A user's account at GitHub, as it is stored. */
export async function accountOf(stack: Stack, userId: string): Promise<Record<string, unknown> | undefined> {
  const accounts = await rowsOf(stack, "user_external_accounts");
  return accounts.find(({ user_id, provider }) => user_id === userId && provider === "github");
}
