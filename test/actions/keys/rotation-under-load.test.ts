import { beforeAll, expect, test, vi } from "vitest";
import { rotateKeys } from "../../../src/actions/keys/rotate-keys.ts";
import { verifySealed } from "../../../src/actions/keys/verify-sealed.ts";
import { requireMasterKeys } from "../../../src/config/encryption-keys.ts";
import { createKeyring, generateMasterKey } from "../../../src/crypto/keyring.ts";
import type { Running } from "../../../src/start.ts";
import type { Database } from "../../../src/store/database.ts";
import { countSealed } from "../../../src/store/sealed/count-sealed.ts";
import { type Committer, committer, newcomer } from "../../harness/people.ts";
import { storeSomebody } from "../../harness/sealed-rows.ts";
import { age } from "../../harness/stored-account.ts";
import { useStack } from "../../harness/use-stack.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const [one, two] = [generateMasterKey(), generateMasterKey()];
const [oneId, twoId] = [one, two].map((key) => key.split(":")[0] ?? "");
const ringOf = (keys: string) => createKeyring(requireMasterKeys({ ENCRYPTION_KEYS: keys }));

const stack = useStack({ environment: { ENCRYPTION_KEYS: one } });
let second: Running;
let people: Committer[];

beforeAll(async () => {
  second = await stack.replica();
  people = [await committer(stack), await committer(stack), await committer(stack)];
  for (let count = 0; count < 60; count++) await storeSomebody({ database: stack.database, keyring: ringOf(one) });
});

/** Sends calls to the replicas that are in service, as a load balancer does. */
function balancer() {
  const atWork = new Map<string, number>();
  const inService = new Set<string>();
  let turn = 0;
  return {
    inService,
    async send<Answer>(call: (url: string) => Promise<Answer>, only?: string): Promise<Answer> {
      if (only) await vi.waitFor(() => expect(inService).toContain(only), { timeout: 60_000, interval: 10 });
      const url = only ?? [...inService][turn++ % inService.size] ?? expect.unreachable("no replica is in service");
      atWork.set(url, (atWork.get(url) ?? 0) + 1);
      return call(url).finally(() => atWork.set(url, (atWork.get(url) ?? 0) - 1));
    },
    /** Takes a replica out of service, and comes back when its calls are answered. */
    async drain(url: string): Promise<void> {
      inService.delete(url);
      await vi.waitFor(() => expect(atWork.get(url) ?? 0).toBe(0), { timeout: 60_000, interval: 5 });
    },
  };
}

test("from key to key in the documented order, with commits, refreshes and connects going on, no call fails", async () => {
  const { inService, drain, send } = balancer();
  inService.add(stack.url).add(second.url);
  const answers: unknown[] = [];
  const rounds = { commits: 0, refreshes: 0, connects: 0, disconnects: 0 };
  let over = false;

  /** Each goes on until everything is over. */
  const works = [
    ...people.map(({ id, userId, key, repository }, index) => async () => {
      for (let file = 0; !over; file++) {
        // Two of three are refreshed each time, and the third one's token is only opened.
        const refreshed = index > 0;
        if (refreshed) await age(stack, userId, "expired");
        const body = { user: `gh.${id}`, repository, changes: [{ path: `load-${file}.txt`, content: "hello\n" }] };
        const { status, body: said } = await send((url) => stack.commit(key, body, { url }));
        answers.push(status === 201 ? status : said);
        rounds[refreshed ? "refreshes" : "commits"]++;
      }
    }),
    async () => {
      while (!over) {
        const { login } = newcomer(stack);
        const { page, browser } = await send(() => stack.connect(login), stack.url);
        answers.push(page.status === 200 && page.text.includes("Disconnect") ? 201 : page.text);
        rounds.connects++;
        if (rounds.connects % 2 === 1) continue;
        const left = await send(() => browser.submit(page, "/accounts/github/disconnect"), stack.url);
        answers.push(left.status === 200 ? 201 : left.text);
        rounds.disconnects++;
      }
    },
  ];
  const going = Promise.all(works.map((work) => work()));
  const eachAgain = async () => {
    const before = { ...rounds };
    const names = ["commits", "refreshes", "connects", "disconnects"] as const;
    const again = () => expect(names.filter((name) => rounds[name] <= before[name])).toEqual([]);
    await Promise.race([going, vi.waitFor(again, { timeout: 60_000, interval: 10 })]);
  };
  const startAllWith = async (keys: string) => {
    await drain(stack.url);
    await stack.restart({ ENCRYPTION_KEYS: keys });
    inService.add(stack.url);
    // One has the new keys by now, and the other one does not.
    await eachAgain();
    await drain(second.url);
    await second.stop();
    second = await stack.replica({ ENCRYPTION_KEYS: keys });
    inService.add(second.url);
  };

  await startAllWith(`${one},${two}`);
  await startAllWith(`${two},${one}`);
  let batches = 0;
  const database: Database = {
    ...stack.database,
    async query(statement) {
      // Between the reading and the writing of a batch everything happens that calls can do.
      if (statement.name?.startsWith("reseal-") && ++batches % 30 === 0) await eachAgain();
      return stack.database.query(statement);
    },
  };
  const rotation = await rotateKeys(
    { database, keyring: ringOf(`${two},${one}`) },
    { stop: new AbortController().signal, batchRows: 1, pauseMs: 10, onProgress() {}, onLingering() {} },
  );
  expect(batches).toBeGreaterThan(60);
  const sealed = await countSealed(stack.database);
  await startAllWith(two);
  await eachAgain();
  over = true;
  await going;

  expect(answers.filter((answer) => answer !== 201)).toEqual([]);
  expect(rotation).toMatchObject({ left: 0, stopped: false, unopened: { count: 0 } });
  expect(new Set(sealed.map(({ keyId }) => keyId))).toEqual(new Set([twoId]));
  expect((await countSealed(stack.database)).filter(({ keyId }) => keyId === oneId)).toEqual([]);
  const deps = { database: stack.database, keyring: ringOf(two) };
  const verified = await verifySealed(deps, { stop: new AbortController().signal, onProgress() {} });
  expect(verified).toMatchObject({ unopened: { count: 0 } });
  expect(stack.log.filter((line) => line.includes("cannot_unseal"))).toEqual([]);
});
