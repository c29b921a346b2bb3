import { beforeAll, expect, test } from "vitest";
import { ConfigError, readConfig } from "../../src/config/read-config.ts";
import { createKeyring, generateMasterKey } from "../../src/crypto/keyring.ts";
import { createLog } from "../../src/log.ts";
import { start } from "../../src/start.ts";
import { verifyEncryptionKeys } from "../../src/store/encryption-keys.ts";
import { age, connectSomebody, storedAccount } from "../harness/stored-account.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let inUse: string;

beforeAll(async () => {
  inUse = stack.environment.ENCRYPTION_KEYS ?? "";
  await connectSomebody(stack);
});

/** Starts another replica with these keys, which it stops at once. */
async function startWith(keys: string): Promise<void> {
  const running = await stack.replica({ ENCRYPTION_KEYS: keys });
  await running.stop();
}

async function refusedWith(keys: string): Promise<ConfigError> {
  const failure = await startWith(keys).then(
    () => null,
    (error) => error,
  );
  if (!(failure instanceof ConfigError)) throw new Error(`not refused: ${failure}`);
  return failure;
}

async function knownIds(): Promise<string[]> {
  const { rows } = await stack.database.query<{ id: string }>({ text: "SELECT id FROM encryption_keys ORDER BY id" });
  return rows.map(({ id }) => id);
}

const idOf = (key: string) => key.split(":")[0] ?? "";
const bytesOf = (key: string) => key.split(":")[1] ?? "";

test("other bytes under a known id stop the start, naming the id and no bytes", async () => {
  const impostor = `${idOf(inUse)}:${bytesOf(generateMasterKey())}`;
  const failure = await refusedWith(impostor);
  expect(failure.faults).toEqual([expect.stringContaining(`key "${idOf(inUse)}" has other bytes`)]);
  for (const key of [inUse, impostor]) expect(failure.message).not.toContain(bytesOf(key));
});

test("a missing key that still seals something stops the start, naming the id", async () => {
  // The pair of the one account, and the key of the tombstones.
  const failure = await refusedWith(generateMasterKey());
  expect(failure.faults).toEqual([expect.stringContaining(`lacks key "${idOf(inUse)}", and 2 rows in the database`)]);
  expect(failure.message).not.toContain(bytesOf(inUse));
});

test("a start that was refused remembers nothing of its keys", async () => {
  const before = await knownIds();
  const added = generateMasterKey();
  await refusedWith(`${added},${idOf(inUse)}:${bytesOf(added)}`);
  await refusedWith(added);
  expect(await knownIds()).toEqual(before);
  // So the id is free for the bytes that the operator meant.
  await startWith(`${inUse},${idOf(added)}:${bytesOf(generateMasterKey())}`);
  expect(await knownIds()).toEqual([...before, idOf(added)].sort());
});

test("a new key in front seals from now on, and what the old one sealed still opens", async () => {
  const added = generateMasterKey();
  const { userId, uid } = await connectSomebody(stack);
  const { key } = await stack.bot("rotation-bot");
  await stack.delegate(`gh.${uid}`, "rotation-bot", ["acme/*"]);
  await age(stack, userId, "expired");
  const running = await stack.replica({ ENCRYPTION_KEYS: `${added},${inUse}` });
  // The refusal comes from GitHub, after the old token was opened and a new pair was stored.
  const body = { user: `gh.${uid}`, repository: "acme/site", branch: "main", message: { headline: "x" } };
  const changes = [{ path: "x", content: "x" }];
  const answer = await stack.call("POST", "/api/v1/commits", { key, url: running.url, body: { ...body, changes } });
  expect(answer.body.code).toBe("no_write_access");
  await running.stop();
  const { rows } = await stack.database.query({
    text: "SELECT key_id, last_refreshed_at IS NOT NULL AS refreshed FROM user_external_accounts WHERE user_id = $1",
    values: [userId],
  });
  expect(rows).toEqual([{ key_id: idOf(added), refreshed: true }]);
  expect((await refusedWith(inUse)).faults).toEqual([expect.stringContaining(`lacks key "${idOf(added)}"`)]);
  await stack.database.query({ text: "DELETE FROM user_external_accounts WHERE user_id = $1", values: [userId] });
});

test("a key that seals nothing any more may be left out", async () => {
  const unused = generateMasterKey();
  await startWith(`${inUse},${unused}`);
  await startWith(inUse);
});

test("replicas that start at once with one new key agree, and with two keys of one id not both start", async () => {
  const [one, other] = [generateMasterKey(), generateMasterKey()];
  const rival = `${idOf(one)}:${bytesOf(other)}`;
  const verify = (key: string) => {
    const [first] = readConfig({ ...stack.environment, ENCRYPTION_KEYS: `${key},${inUse}` }).encryptionKeys;
    const [, second] = readConfig({ ...stack.environment, ENCRYPTION_KEYS: `${key},${inUse}` }).encryptionKeys;
    if (!second) throw new Error("no second key");
    return verifyEncryptionKeys({ database: stack.database, keyring: createKeyring([first, second]) });
  };
  await Promise.all([verify(other), verify(other)]);
  const results = await Promise.allSettled([verify(one), verify(rival)]);
  expect(results.filter(({ status }) => status === "rejected")).toHaveLength(1);
});

test("17 tokens that were swapped between two people's rows open for neither, and nobody loses an account", async () => {
  const [one, other] = [await connectSomebody(stack), await connectSomebody(stack)];
  await stack.database.query({
    text: `UPDATE user_external_accounts a SET access_token = b.access_token, refresh_token = b.refresh_token
      FROM user_external_accounts b WHERE a.user_id = ANY ($1) AND b.user_id = ANY ($1) AND a.id <> b.id`,
    values: [[one.userId, other.userId]],
  });
  const { key } = await stack.bot("swap-bot");
  await stack.delegate(`gh.${one.uid}`, "swap-bot", ["acme/*"]);
  const answer = await stack.commit(key, { user: `gh.${one.uid}` });
  expect(answer).toMatchObject({ status: 500, body: { code: "cannot_unseal" } });
  for (const { userId } of [one, other]) expect(await storedAccount(stack, userId)).toMatchObject({ state: "active" });
  const loud = stack.log.map((line) => JSON.parse(line)).filter(({ level, code }) => level >= 50 && code);
  expect(loud.length).toBeGreaterThan(0);
  // What nobody can open is repaired by the person, who connects anew.
  await stack.connect(one.login);
  expect((await stack.commit(key, { user: `gh.${one.uid}` })).body.code).toBe("no_write_access");
});

test("a whole start with a wrong key ends with the fault, and leaves nothing running", async () => {
  const log = createLog({ level: "silent" });
  const config = readConfig({ ...stack.environment, PORT: "0", ENCRYPTION_KEYS: generateMasterKey() });
  await expect(start({ log, fetch }, config)).rejects.toBeInstanceOf(ConfigError);
  const listening = async () => {
    const { rows } = await stack.database.query<{ count: string }>({
      text: `SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'onbehalf: listens'`,
    });
    return rows;
  };
  // PostgreSQL forgets a connection a moment after it was closed.
  await expect.poll(listening).toEqual([{ count: "1" }]);
});
