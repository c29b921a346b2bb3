import type { Queryable } from "../database.ts";

/** What is told on the channel when there is an event to send: a hint that saves waiting. The migration has it, too. */
export const eventsDue = "events";

/** What the host platform is told of. */
export type EventType =
  | "account.connected"
  | "account.limited"
  | "account.revoked"
  | "account.reconnect_needed"
  | "account.disconnected"
  | "delegation.ended";

/**
 * Something that happened, with ids and words of ours alone. It is written by the database itself, in the transaction
 * that makes it true (migration 015): here it is only read.
 */
export interface OutboundEvent {
  id: string;
  /** Of the events of one account the later one has the greater number. As text: it is a bigint. */
  sequence: string;
  type: EventType;
  occurredAt: Date;
  userId: string;
  /** The platform's own id; null for somebody whom it did not create. */
  externalId: string | null;
  provider: string;
  accountId: string | null;
  accountState: string | null;
  delegationId: string | null;
  botId: string | null;
  reason: string | null;
}

/** One that is to be sent now. */
export interface ClaimedEvent extends OutboundEvent {
  /** How often it was claimed, with this time: whoever claims it later has another number. */
  attempts: number;
}

interface EventRow {
  id: string;
  sequence: string;
  type: EventType;
  occurred_at: Date;
  user_id: string;
  external_id: string | null;
  provider: string;
  account_id: string | null;
  account_state: string | null;
  delegation_id: string | null;
  bot_id: string | null;
  reason: string | null;
  attempts: number;
}

/** From now on events are written, or are not: also those of commands and of other replicas. */
export async function setEventsWanted(database: Queryable, wanted: boolean): Promise<void> {
  await database.query({
    text: wanted ? "INSERT INTO event_receivers DEFAULT VALUES ON CONFLICT DO NOTHING" : "DELETE FROM event_receivers",
  });
}

/** Claims those that are due, for a minute: when this process dies, another one sends them then. */
export async function claimEvents(database: Queryable, most: number): Promise<ClaimedEvent[]> {
  const { rows } = await database.query<EventRow>({
    name: "claim-events",
    text: `UPDATE events SET attempts = attempts + 1, next_attempt_at = clock_timestamp() + interval '60 s'
      WHERE sequence IN (SELECT sequence FROM events WHERE failed_at IS NULL AND next_attempt_at <= now()
        ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED)
      RETURNING id, sequence, type, occurred_at, user_id, external_id, provider, account_id, account_state,
        delegation_id, bot_id, reason, attempts`,
    values: [most],
  });
  return rows.map((row) => ({
    id: row.id,
    sequence: row.sequence,
    type: row.type,
    occurredAt: row.occurred_at,
    userId: row.user_id,
    externalId: row.external_id,
    provider: row.provider,
    accountId: row.account_id,
    accountState: row.account_state,
    delegationId: row.delegation_id,
    botId: row.bot_id,
    reason: row.reason,
    attempts: row.attempts,
  }));
}

/** The receiver has it: nothing of it is kept. */
export async function removeEvent(database: Queryable, id: string): Promise<void> {
  await database.query({ name: "remove-event", text: "DELETE FROM events WHERE id = $1", values: [id] });
}

/**
 * The receiver does not have it. Nothing happens when another process has claimed it meanwhile.
 * @param next.seconds when it is tried again; null: it is not, unless an operator asks for it
 * @param next.why a word or a number, nothing that the receiver wrote
 */
export async function postponeEvent(
  database: Queryable,
  event: { id: string; attempts: number },
  next: { seconds: number | null; why: string },
): Promise<void> {
  await database.query({
    name: "postpone-event",
    text: `UPDATE events SET last_error = $3, failed_at = CASE WHEN $4::float8 IS NULL THEN now() END,
        next_attempt_at = clock_timestamp() + coalesce($4::float8, 0) * interval '1 s'
      WHERE id = $1 AND attempts = $2 AND failed_at IS NULL`,
    values: [event.id, event.attempts, next.why, next.seconds],
  });
}

/** Forgets events seven days after they failed, and after nobody sent them, since the receiver was taken away. */
export async function removeOldEvents(database: Queryable): Promise<void> {
  await database.query({
    text: `DELETE FROM events WHERE failed_at < now() - interval '7 days'
      OR (failed_at IS NULL AND next_attempt_at < now() - interval '7 days')`,
  });
}
