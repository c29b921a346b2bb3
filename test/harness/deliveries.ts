import { expect, vi } from "vitest";
import type { Stack } from "./stack.ts";

/** A delivery as it is stored. */
export interface StoredDelivery {
  id: string;
  event: string;
  state: string;
  attempts: number;
  last_error: string | null;
  payload: Buffer | null;
  key_id: string | null;
  next_attempt_at: Date;
  settled_at: Date | null;
}

export async function deliveryRow(stack: Stack, deliveryId: string): Promise<StoredDelivery | undefined> {
  const { rows } = await stack.database.query<StoredDelivery & Record<string, unknown>>({
    text: "SELECT * FROM deliveries WHERE delivery_id = $1",
    values: [deliveryId],
  });
  return rows[0];
}

/** Waits until a delivery was handled, or a handler has failed since `after` attempts. */
export async function outcomeOf(stack: Stack, deliveryId: string, after = 0): Promise<StoredDelivery> {
  await vi.waitFor(
    async () => {
      // Without its payload: asking for one of 25 MB again and again keeps everything else waiting.
      const { rows } = await stack.database.query<{ state: string; attempts: number; last_error: string | null }>({
        text: "SELECT state, attempts, last_error FROM deliveries WHERE delivery_id = $1",
        values: [deliveryId],
      });
      const [row] = rows;
      const over = row && (row.state !== "received" || (row.attempts > after && row.last_error !== null));
      if (!over) throw new Error(`delivery ${deliveryId} is not handled: ${JSON.stringify(row)}`);
    },
    { timeout: 20_000, interval: 10 },
  );
  const row = await deliveryRow(stack, deliveryId);
  if (!row) throw new Error(`delivery ${deliveryId} is gone`);
  return row;
}

/** Has GitHub send something, and waits for what becomes of it. */
export async function deliver(
  stack: Stack,
  event: string,
  payload: object,
  options: { id?: string } = {},
): Promise<StoredDelivery & { deliveryId: string }> {
  const { status, id } = await stack.sandbox.deliver(event, payload, options);
  expect(status).toBe(202);
  return { ...(await outcomeOf(stack, id)), deliveryId: id };
}

/** Waits for what becomes of everything that GitHub has sent. */
export async function allHandled(stack: Stack): Promise<void> {
  await stack.sandbox.settled();
  for (const { id, status } of [...stack.sandbox.deliveries]) if (status === 202) await outcomeOf(stack, id);
}

/** Lets the pause before the next try pass, and waits for its outcome. */
export async function tryAgain(stack: Stack, deliveryId: string): Promise<StoredDelivery> {
  const { rows } = await stack.database.query<{ attempts: number }>({
    text: `UPDATE deliveries SET next_attempt_at = now(), last_error = NULL
      WHERE delivery_id = $1 AND state = 'received' RETURNING attempts`,
    values: [deliveryId],
  });
  expect(rows).toHaveLength(1);
  // Any delivery wakes the handlers, so that nobody waits for their next turn.
  await stack.sandbox.deliver("ping", { zen: "Wake up." });
  return outcomeOf(stack, deliveryId, rows[0]?.attempts);
}
