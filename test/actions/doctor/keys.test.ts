import { beforeAll, describe, expect, test } from "vitest";
import { generateMasterKey } from "../../../src/crypto/keyring.ts";
import { diagnose } from "../../harness/diagnose.ts";
import { useStack } from "../../harness/use-stack.ts";

const stack = useStack();
let key: string;
let id: string;
beforeAll(async () => {
  await stack.connect("ada");
  await stack.connect("grace");
  key = stack.environment.ENCRYPTION_KEYS ?? "";
  id = key.split(":")[0] ?? "";
});

const check = async (ENCRYPTION_KEYS: string) =>
  (await diagnose({ ...stack.environment, DATA_DIR: "/nonexistent", ENCRYPTION_KEYS })).check("encryption-keys");
const knownKeys = async () => (await stack.database.query({ text: "SELECT id FROM encryption_keys" })).rows;

describe("encryption keys", () => {
  test("that open what is stored are counted by id, and a new one is not remembered", async () => {
    const another = generateMasterKey();
    const [anotherId] = another.split(":");
    const { status, says } = await check(`${another},${key}`);
    expect(status).toBe("ok");
    expect(says).toBe(
      `Keys: "${id}" seals 3 rows (3 opened), "${anotherId}" seals none; "${anotherId}" seals what is new.`,
    );
    expect(await knownKeys()).toEqual([{ id }]);
  });

  test("with other bytes under a known id fail, with that id", async () => {
    const bytes = generateMasterKey().split(":")[1];
    const { status, says } = await check(`${id}:${bytes}`);
    expect(status).toBe("failure");
    expect(says).toContain(`key "${id}" has other bytes`);
  });

  test("without the one that sealed what is stored fail, with its id", async () => {
    const { status, says } = await check(generateMasterKey());
    expect(status).toBe("failure");
    expect(says).toContain(`ENCRYPTION_KEYS lacks key "${id}"`);
    expect(await knownKeys()).toEqual([{ id }]);
  });

  test("that can't open a row that was altered fail, with how many", async () => {
    const { rows } = await stack.database.query<{ id: string; access_token: Buffer }>({
      text: "SELECT id, access_token FROM user_external_accounts ORDER BY connected_at LIMIT 1",
    });
    const row = rows[0];
    if (!row) throw new Error("nobody is connected");
    const altered = Buffer.from(row.access_token);
    altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
    const write = (token: Buffer) =>
      stack.database.query({
        text: "UPDATE user_external_accounts SET access_token = $2 WHERE id = $1",
        values: [row.id, token],
      });
    await write(altered);
    const found = await check(key);
    await write(row.access_token);
    expect(found).toMatchObject({ status: "failure", says: `Key "${id}" opens 2 of 3 rows.` });
    expect((await check(key)).status).toBe("ok");
  });
});
