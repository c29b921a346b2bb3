import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { allHandled, deliver } from "../harness/deliveries.ts";
import { committer, newcomer } from "../harness/people.ts";
import { openReplica } from "../harness/replica.ts";
import { rowsOf } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();

/** What the audit log got from deliveries while something was done. */
async function told(work: () => unknown): Promise<Record<string, unknown>[]> {
  await allHandled(stack);
  const before = (await rowsOf(stack, "audit_events")).length;
  await work();
  await allHandled(stack);
  const events = (await rowsOf(stack, "audit_events")).slice(before);
  return events.filter(({ delivery_id }) => delivery_id !== null);
}

/** An owner with repositories, whom nobody here knows. */
async function owner(count = 2): Promise<string> {
  const { login } = newcomer(stack);
  for (let n = 1; n <= count; n++) await stack.sandbox.addRepository(`${login}/r${n}`, { files: { a: "a" } });
  return login;
}

test("an installation and its end are in the audit log, with ids and no names", async () => {
  const login = await owner();
  const [created] = await told(() => stack.sandbox.setInstallation(login, "all"));
  const delivery = stack.sandbox.deliveries.findLast(({ event }) => event === "installation");
  expect(created).toMatchObject({
    action: "installation.created",
    actor: "provider",
    result: "succeeded",
    provider: "github",
    user_id: null,
    identity_id: null,
    delivery_id: delivery?.id,
    detail: { installation_id: expect.any(Number), repository_selection: "all", repositories: 2 },
  });
  const [deleted] = await told(() => stack.sandbox.setInstallation(login, null));
  expect(deleted).toMatchObject({ action: "installation.deleted", detail: { repositories: 2 } });
  expect(JSON.stringify([created, deleted])).not.toContain(login);
});

test("so are a suspension, its end, and permissions that were accepted", async () => {
  const login = await owner(1);
  await told(() => stack.sandbox.setInstallation(login, "all"));
  const events = await told(async () => {
    for (const change of [{ suspended: true }, { suspended: false }, { acceptPermissions: true }]) {
      stack.sandbox.updateInstallation(login, change);
      await allHandled(stack);
    }
  });
  const actions = events.map(({ action }) => action);
  expect(actions.slice(0, 2)).toEqual(["installation.suspended", "installation.unsuspended"]);
  const accepted = { action: "new_permissions_accepted", installation: { id: 7 }, sender: { id: 1 } };
  expect(await told(() => deliver(stack, "installation", accepted))).toMatchObject([
    { action: "installation.permissions_accepted", detail: { installation_id: 7, repositories: null } },
  ]);
});

test("so are repositories that were added and removed, by their ids", async () => {
  const login = await owner(3);
  await told(() => stack.sandbox.setInstallation(login, [`${login}/r1`]));
  const [added] = await told(() => stack.sandbox.setInstallation(login, [`${login}/r1`, `${login}/r2`]));
  expect(added).toMatchObject({
    action: "installation.repositories_added",
    detail: { repository_selection: "selected", repositories: 1, repository_ids: [expect.stringMatching(/^\d+$/)] },
  });
  const [removed] = await told(() => stack.sandbox.setInstallation(login, [`${login}/r1`]));
  expect(removed).toMatchObject({
    action: "installation.repositories_removed",
    detail: { repositories: 1, repository_ids: Object(added?.detail).repository_ids },
  });
});

test("from all to some GitHub names none: the log says that it is not known which", async () => {
  const login = await owner();
  await told(() => stack.sandbox.setInstallation(login, "all"));
  const [removed] = await told(() => stack.sandbox.setInstallation(login, [`${login}/r1`]));
  expect(removed).toMatchObject({
    action: "installation.repositories_removed",
    detail: { repository_selection: "selected", repositories: null, repository_ids: [] },
  });
});

test("who did it is named by our own ids, if we know them", async () => {
  const person = await committer(stack);
  const [event] = await told(() => stack.sandbox.setInstallation(person.login, null));
  expect(event).toMatchObject({
    action: "installation.deleted",
    user_id: person.userId,
    identity_id: expect.any(String),
  });
  expect(JSON.stringify(event)).not.toContain(String(person.id));
  expect(await person.commit()).toMatchObject({ status: 403, body: { code: "app_not_installed" } });
});

test("of thousands of repositories it keeps the count and some ids", async () => {
  const repositories = Array.from({ length: 1000 }, (_, id) => ({ id, full_name: `someone/private-${id}` }));
  const payload = { action: "created", installation: { id: 8 }, repositories };
  const [event] = await told(() => deliver(stack, "installation", payload));
  expect(event?.detail).toMatchObject({ repositories: 1000 });
  expect(Object(event?.detail).repository_ids).toHaveLength(100);
  expect(JSON.stringify(event)).not.toContain("someone");
});

test("handled twice, or by two at once, it is written once", async () => {
  const replica = await openReplica(stack);
  const payload = JSON.stringify({ action: "suspend", installation: { id: 9 } });
  const events = await told(async () => {
    const delivery = { provider: "github", deliveryId: randomUUID(), event: "installation", payload };
    const { handleDelivery } = replica.services;
    await Promise.all([handleDelivery(delivery), handleDelivery(delivery)]);
    await handleDelivery(delivery);
  });
  expect(events).toHaveLength(1);
  await replica.close();
});

test("an action that nobody knows is taken and noted nowhere", async () => {
  const payload = { action: "transmogrified", installation: { id: 10 } };
  expect(await told(() => deliver(stack, "installation", payload))).toEqual([]);
});
