import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { deliver, deliveryRow, tryAgain } from "../harness/deliveries.ts";
import { committer } from "../harness/people.ts";
import { accountOf } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";
import { emptyFolder, onbehalf } from "./onbehalf.ts";

const stack = useStack();
let folder: string;
vi.setConfig({ testTimeout: 120_000 }); // each command is a process

beforeAll(async () => {
  folder = await emptyFolder();
});
afterAll(() => rm(folder, { recursive: true }));

const run = (...args: string[]) =>
  onbehalf(["deliveries", ...args], { cwd: folder, env: { DATABASE_URL: stack.databaseUrl } });

/** A delivery that was parked, about somebody whose authorisation has ended. */
async function parked() {
  const person = await committer(stack);
  await stack.sandbox.revokeGrant(person.login, { deliver: false });
  stack.sandbox.faults.add({ match: { path: /\/token$/ }, respond: { status: 500 }, times: 2 });
  const payload = { action: "revoked", sender: { id: person.id, login: person.login } };
  const { deliveryId } = await deliver(stack, "github_app_authorization", payload);
  await stack.database.query({
    text: "UPDATE deliveries SET attempts = 11 WHERE delivery_id = $1",
    values: [deliveryId],
  });
  expect(await tryAgain(stack, deliveryId)).toMatchObject({ state: "failed" });
  return { person, deliveryId };
}

test("with nothing to show it says so", async () => {
  await deliver(stack, "ping", { zen: "x" });
  expect(await run("list")).toEqual({ code: 0, out: "Every delivery was handled.\n", err: "" });
  expect(JSON.parse((await run("list", "--json")).out)).toEqual({ items: [] });
});

test("a parked delivery is listed with what stopped it and nothing of what it says, and is handled when asked", async () => {
  const { person, deliveryId } = await parked();
  const { out } = await run("list", "--json");
  expect(JSON.parse(out)).toEqual({
    items: [
      {
        delivery: deliveryId,
        event: "github_app_authorization",
        state: "failed",
        attempts: "12",
        last_error: "unreachable",
        received_at: expect.stringMatching(/^\d{4}-/),
        next_attempt_at: null,
      },
    ],
  });
  expect(out).not.toContain(person.login);
  expect((await run("list")).out).toMatch(
    new RegExp(`^delivery +event.*\n${deliveryId} +github_app_authorization +failed`),
  );

  expect(await run("retry", deliveryId)).toEqual({ code: 0, out: "Handled again: 1.\n", err: "" });
  await vi.waitFor(
    async () => expect(await deliveryRow(stack, deliveryId)).toMatchObject({ state: "handled" }),
    20_000,
  );
  expect(await accountOf(stack, person.userId)).toMatchObject({ state: "revoked" });
  const again = await run("retry", deliveryId);
  expect(again).toMatchObject({ code: 1, out: "" });
  expect(again.err).toContain(`No delivery "${deliveryId}" is parked`);
});

test("all that are parked are handled with --all", async () => {
  const ids = [await parked(), await parked()].map(({ deliveryId }) => deliveryId);
  expect(JSON.parse((await run("retry", "--all", "--json")).out)).toEqual({ retried: 2 });
  for (const id of ids) {
    await vi.waitFor(async () => expect(await deliveryRow(stack, id)).toMatchObject({ state: "handled" }), 20_000);
  }
  expect(JSON.parse((await run("retry", "--all", "--json")).out)).toEqual({ retried: 0 });
});

test("without saying which, or saying both, nothing is done", async () => {
  for (const args of [[], ["x", "--all"]]) {
    const { code, err } = await run("retry", ...args);
    expect(code).toBe(1);
    expect(err).toContain("say --all");
  }
});
