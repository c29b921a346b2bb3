import { createSecretKey, hkdfSync, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { createKeyring, generateMasterKey } from "../../src/crypto/keyring.ts";

const key = { id: "k1", bytes: Buffer.alloc(32, 7) };

test("a record's key is the same in every process that has the master key", () => {
  const [here, there] = [createKeyring([key]), createKeyring([{ ...key }])];
  expect(here.recordKey("k1", "a/1")?.equals(there.recordKey("k1", "a/1") ?? raise())).toBe(true);
  expect(here.checkValue("k1")).toEqual(there.checkValue("k1"));
});

test("a record's key is HKDF-SHA-256 of the master key, as it always was: what is stored goes on opening", () => {
  const hkdf = hkdfSync("sha256", key.bytes, Buffer.alloc(0), "onbehalf seal v1 deliveries/ü", 32);
  const derived = createKeyring([key]).recordKey("k1", "deliveries/ü");
  expect(derived?.equals(createSecretKey(Buffer.from(hkdf)))).toBe(true);
});

test("the cache of derived keys mixes up neither records nor master keys", () => {
  const keyring = createKeyring([key, { id: "k2", bytes: randomBytes(32) }]);
  const names = ["a/1", "a/2", "b/1"].flatMap((record) => ["k1", "k2"].map((id) => [id, record] as const));
  for (const _round of [1, 2]) {
    const keys = names.map(([id, record]) => keyring.recordKey(id, record)?.export().toString("hex"));
    expect(new Set(keys).size).toBe(names.length);
  }
});

test("a key id that was not given has neither record keys nor a check value", () => {
  const keyring = createKeyring([key]);
  expect(keyring.recordKey("k2", "a/1")).toBeUndefined();
  expect(keyring.checkValue("k2")).toBeUndefined();
});

test("a check value tells keys apart and says nothing about them", () => {
  const check = createKeyring([key]).checkValue("k1");
  expect(check).not.toEqual(createKeyring([{ id: "k1", bytes: randomBytes(32) }]).checkValue("k1"));
  expect(check?.includes(key.bytes)).toBe(false);
  expect(check).toHaveLength(32);
});

test("a new key has 32 random bytes and an id that was never used", () => {
  const made = Array.from({ length: 200 }, generateMasterKey);
  for (const text of made) expect(text).toMatch(/^k[0-9a-f]{12}:[A-Za-z0-9+/]{43}=$/);
  expect(new Set(made.map((text) => text.split(":")[0])).size).toBe(200);
  expect(new Set(made.map((text) => text.split(":")[1])).size).toBe(200);
});

function raise(): never {
  throw new Error("no key");
}
