import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test, vi } from "vitest";
import { openTokens } from "../../../src/store/accounts/account.ts";
import { readAccount } from "../../../src/store/accounts/read-account.ts";
import { connectMany } from "../../harness/many-accounts.ts";
import { type RefresherProcess, startRefresher } from "../../harness/refresher-process.ts";
import { auditSince } from "../../harness/stored.ts";
import { useReplica } from "../../harness/use-replica.ts";
import { useStack } from "../../harness/use-stack.ts";

/*
 * Invariant 3: no account is lost by a crash or a pause, except between the provider's rotation and our commit when the
 * process dies there. Three real processes on one PostgreSQL refresh the same accounts, and each of them is killed or
 * frozen again and again, until that has happened a hundred times.
 */

vi.setConfig({ testTimeout: 180_000 });

const disturbances = 100;
const leaseMs = 500;
/** Suspicion lasts as long as it does for users: within the test it never ends by itself. */
const times = { lease: leaseMs / 1000, staleClaim: 0.15, suspicion: 600, waiter: 20 };
const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);
const random = randomNumbers(seed);

const stack = useStack();
const replica = useReplica(stack);
const running = new Set<RefresherProcess>();

afterAll(() => Promise.all([...running].map((one) => one.kill())));

async function start(): Promise<RefresherProcess> {
  const environment = Object.fromEntries(Object.entries(stack.environment).map(([name, value]) => [name, value ?? ""]));
  const started = await startRefresher({ environment, databaseUrl: stack.databaseUrl, times, slowerMs: 40 });
  running.add(started);
  return started;
}

async function expire(accountIds: string[]): Promise<void> {
  await stack.database.query({
    text: `UPDATE user_external_accounts SET refresh_due_at = now() - interval '1 s',
      access_expires_at = now() - interval '1 s' WHERE id = ANY ($1)`,
    values: [accountIds],
  });
}

/** The rotations that GitHub made for a person, as its record has them: which process asked for each. */
function rotations(login: string): string[] {
  return stack.sandbox.requests
    .filter(({ operation, as, status }) => operation === "refresh" && as === login && status === 200)
    .map(({ agent = "" }) => agent);
}

/** Waits until a process has asked GitHub for a refresh, and not for long. */
async function refreshBy({ pid }: RefresherProcess, after: number): Promise<void> {
  const seen = () => stack.sandbox.requests.slice(after).some(({ agent }) => agent === `refresher ${pid}`);
  for (let waited = 0; waited < 100 && !seen(); waited++) await sleep(5);
  await sleep(random() * 30);
}

/** The lease of a dead process has to run out, and a connection that broke is a back-off of two seconds. */
const notYet = ["refresh_in_progress", "provider_unavailable", "database_unavailable"];

/** Asks until something is decided. */
async function outcome(process: RefresherProcess, accountId: string): Promise<string> {
  for (;;) {
    const told = await process.ask(accountId);
    if (!notYet.includes(told)) return told;
    await sleep(100);
  }
}

test(`processes killed or frozen in the middle of refreshes lose no account but those whose new pair died with them (seed ${seed})`, async () => {
  const accounts = await connectMany(stack, replica.services, 90);
  const killed = new Set<string>();
  const asked: Promise<string>[] = [];
  let done = 0;
  let spare = start();

  async function disturb(slots: RefresherProcess[], index: number): Promise<void> {
    while (done++ < disturbances) {
      const victim = slots[index];
      if (!victim) return;
      const chosen = Array.from({ length: 3 }, () => pick(accounts).accountId);
      await expire(chosen);
      for (const process of [victim, ...slots]) asked.push(...chosen.map((accountId) => process.ask(accountId)));
      // Anywhere in a refresh, or when its request has just reached GitHub.
      if (random() < 0.5) await sleep(random() * 120);
      else await refreshBy(victim, stack.sandbox.requests.length);
      if (random() < 0.33) {
        const next = spare;
        spare = start();
        killed.add(`refresher ${victim.pid}`);
        await victim.kill();
        running.delete(victim);
        slots[index] = await next;
      } else {
        victim.freeze();
        await sleep(leaseMs * (1.1 + 0.4 * random()));
        victim.goOn();
      }
    }
  }

  const slots = await Promise.all([start(), start(), start()]);
  await Promise.all(slots.map((_slot, index) => disturb(slots, index)));
  await spare;
  const allowed = ["fresh", "died", "account_suspect", ...notYet];
  const heard = new Set(await Promise.all(asked));
  expect([...heard].filter((code) => !allowed.includes(code))).toEqual([]);

  await expire(accounts.map(({ accountId }) => accountId));
  const told = await Promise.all(
    accounts.map(async ({ login, accountId }, index) => {
      const code = await outcome(slots[index % slots.length] ?? (await spare), accountId);
      const account = await readAccount(stack.database, accountId);
      // Each pair that was stored is a version; the first one came with the connection.
      const stored = (account?.version ?? 0) - 1;
      return { login, accountId, code, account, lost: rotations(login).length - stored };
    }),
  );
  const lost = told.filter((one) => one.lost !== 0);
  console.info(`${killed.size} killed, ${disturbances - killed.size} frozen, ${lost.length} pairs lost`);
  expect(lost.length).toBeGreaterThan(0);
  const github = replica.services.providers.get("github");
  for (const { login, account, code, lost } of told) {
    expect({ login, lost, code }).toEqual({ login, lost: lost && 1, code: lost ? "account_suspect" : "fresh" });
    if (lost) expect(killed, `who lost the pair of ${login}`).toContain(rotations(login).at(-1));
    else
      expect(
        await github?.check((account && openTokens(replica.services.keyring, account)?.accessToken) ?? "", {}),
      ).toBe("alive");
  }

  // The ten minutes pass.
  await stack.database.query({
    text: "UPDATE user_external_accounts SET suspect_until = now() WHERE suspect_until IS NOT NULL",
  });
  const ends = await Promise.all(
    lost.map(({ accountId }, index) => outcome(slots[index % slots.length] ?? pick(slots), accountId)),
  );
  expect(new Set(ends)).toEqual(new Set(["account_revoked"]));
  const after = await Promise.all(accounts.map(({ accountId }) => readAccount(stack.database, accountId)));
  expect(after.filter((account) => account?.leaseHeld)).toEqual([]);
  expect(after.filter((account) => account?.revocationReason === "refresh_failed")).toHaveLength(lost.length);
  const revocations = (await auditSince(stack)).filter(({ action }) => action === "account.revoked");
  expect(revocations).toEqual(
    lost.map(() => expect.objectContaining({ detail: { reason: "refresh_failed", interrupted: true } })),
  );
});

function pick<Thing>(things: readonly Thing[]): Thing {
  const thing = things[Math.floor(random() * things.length)];
  if (thing === undefined) throw new Error("there is nothing to pick from");
  return thing;
}

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
function randomNumbers(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
