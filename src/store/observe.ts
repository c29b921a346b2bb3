import type { QueryResultRow } from "pg";
import type { Queryable } from "./database.ts";

/** How many accounts a provider has in a state. */
export interface AccountCount {
  provider: string;
  state: string;
  count: number;
}

/** What waits in a queue, or was parked there. */
export interface QueueState {
  queue: "deliveries" | "pending_revocations" | "events" | "audit";
  state: "waiting" | "failed" | "unconfirmed";
  count: number;
  /** 0 where there is none. */
  oldestSeconds: number;
}

/** Counts all accounts. Reads an index from its beginning to its end: about 0.1 s for a million of them. */
export async function countAccounts(database: Queryable): Promise<AccountCount[]> {
  const { rows } = await database.query<{ provider: string; state: string; count: number }>({
    text: "SELECT provider, state, count(*)::int AS count FROM user_external_accounts GROUP BY provider, state",
  });
  return rows;
}

/** Looks at the queues. What was settled is in none of the indexes that this reads. */
export async function readQueues(database: Queryable): Promise<QueueState[]> {
  const { rows } = await database.query<QueueState & QueryResultRow>({
    text: `SELECT queue, state, count::int AS count,
        coalesce(extract(epoch FROM clock_timestamp() - oldest), 0)::float8 AS "oldestSeconds" FROM (
      SELECT 'deliveries' AS queue, 'waiting' AS state, count(*) AS count, min(received_at) AS oldest
        FROM deliveries WHERE state = 'received'
      UNION ALL SELECT 'deliveries', 'failed', count(*), min(received_at) FROM deliveries WHERE state = 'failed'
      UNION ALL SELECT 'pending_revocations', 'waiting', count(*), min(created_at)
        FROM pending_revocations WHERE state = 'pending'
      UNION ALL SELECT 'pending_revocations', 'unconfirmed', count(*), min(created_at)
        FROM pending_revocations WHERE state = 'unconfirmed'
      UNION ALL SELECT 'events', 'waiting', count(*), min(occurred_at) FROM events WHERE failed_at IS NULL
      UNION ALL SELECT 'events', 'failed', count(*), min(occurred_at) FROM events WHERE failed_at IS NOT NULL
      UNION ALL SELECT 'audit', 'waiting', count(*), min(due_at) FROM audit_unsent WHERE due_at <= clock_timestamp())
      AS each`,
  });
  return rows;
}
