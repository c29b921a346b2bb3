import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { deliveryRow, outcomeOf, tryAgain } from "../harness/deliveries.ts";
import { type Gate, openGate } from "../harness/gate.ts";
import { committer } from "../harness/people.ts";
import { startReplicaProcess } from "../harness/replica-process.ts";
import { type Stack, startStack } from "../harness/stack.ts";
import { accountOf, auditSince, lastAudit } from "../harness/stored.ts";

/* Invariant 7: what was acknowledged is handled at least once, whichever process dies when. Processes are real. */

vi.setConfig({ testTimeout: 60_000 });

let stack: Stack;
let gate: Gate;
beforeAll(async () => {
  stack = await startStack();
  gate = await openGate(stack.sandbox);
});
afterAll(async () => {
  await stack.stop();
  await gate.close();
});

const webhookUrl = (url: string) => `${url}/api/github/webhooks`;

async function installationEvents(deliveryIds: readonly string[]): Promise<number> {
  const { rows } = await stack.database.query<{ count: number }>({
    text: "SELECT count(*)::int AS count FROM audit_events WHERE delivery_id = ANY ($1)",
    values: [deliveryIds],
  });
  return rows[0]?.count ?? 0;
}

test("a process that dies between the 2xx and the end of the handler: another one handles it, with effect once", async () => {
  const person = await committer(stack);
  await stack.sandbox.revokeGrant(person.login, { deliver: false });
  const audit = await lastAudit(stack);
  const doomed = await startReplicaProcess(stack, { GITHUB_API_URL: gate.apiUrl });
  stack.sandbox.setWebhookUrl(webhookUrl(doomed.url));
  // The handler asks GitHub about the token, and never hears of it.
  const asked = new Promise<void>((resolve) =>
    gate.before("/token", () => {
      resolve();
      return doomed.kill();
    }),
  );
  const { status, id } = await stack.sandbox.deliver("github_app_authorization", {
    action: "revoked",
    sender: { id: person.id, login: person.login },
  });
  expect(status).toBe(202);
  await asked;
  await doomed.ended;
  expect(await deliveryRow(stack, id)).toMatchObject({ state: "received", attempts: 1, last_error: null });
  expect(await accountOf(stack, person.userId)).toMatchObject({ state: "active" });

  const successor = await startReplicaProcess(stack);
  stack.sandbox.setWebhookUrl(webhookUrl(successor.url));
  expect(await tryAgain(stack, id)).toMatchObject({ state: "handled", attempts: 2 });
  expect(await accountOf(stack, person.userId)).toMatchObject({ state: "revoked", version: 2 });
  expect(await auditSince(stack, audit)).toMatchObject([{ action: "account.revoked", user_id: person.userId }]);
  expect(await successor.stop()).toBe(0);
});

test("a process killed under load loses nothing: what it took is handled, what it missed is sent again", async () => {
  const doomed = await startReplicaProcess(stack);
  stack.sandbox.setWebhookUrl(webhookUrl(doomed.url));
  const ids = Array.from({ length: 200 }, () => randomUUID());
  let acknowledged = 0;
  const sent = ids.map(async (id) => {
    const { status } = await stack.sandbox.deliver(
      "installation",
      { action: "created", installation: { id: 4711 } },
      { id },
    );
    if (status === 202 && ++acknowledged === 20) await doomed.kill();
    return status;
  });
  const statuses = await Promise.all(sent);
  await doomed.ended;
  const missed = ids.filter((_id, index) => statuses[index] !== 202);
  expect(missed.length).toBeGreaterThan(0);

  stack.sandbox.setWebhookUrl(webhookUrl(stack.url));
  const successor = await startReplicaProcess(stack);
  for (const id of ids) {
    // What was claimed by the dead waits for a minute else.
    await stack.database.query({
      text: "UPDATE deliveries SET next_attempt_at = now() WHERE delivery_id = $1 AND state = 'received'",
      values: [id],
    });
    expect(await outcomeOf(stack, id)).toMatchObject({ state: "handled" });
  }
  expect(await installationEvents(ids)).toBe(ids.length);
  expect(await successor.stop()).toBe(0);
});
