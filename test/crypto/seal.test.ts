import { createDecipheriv, randomBytes, randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createKeyring } from "../../src/crypto/keyring.ts";
import { open, type SealContext, seal, sealedWith } from "../../src/crypto/seal.ts";
import { Problem } from "../../src/errors.ts";

const first = { id: "k1", bytes: randomBytes(32) };
const second = { id: "k2", bytes: randomBytes(32) };
const keyring = createKeyring([first]);
const secret = `ghu_${"s".repeat(36)}`;
const place: SealContext = {
  table: "user_external_accounts",
  column: "access_token",
  rowId: randomUUID(),
  userId: randomUUID(),
  provider: "github",
};

function refusal(work: () => unknown): Problem {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error("it opened");
}

test.each(["", "x", secret, "ä€😀", "a".repeat(100_000)])("what was sealed opens at its own place", (text) => {
  expect(open(keyring, place, seal(keyring, place, text))).toBe(text);
});

test("a sealed value holds neither the secret nor the key, and each sealing differs", () => {
  const sealed = seal(keyring, place, secret);
  expect(sealed.includes(secret)).toBe(false);
  expect(sealed.includes(first.bytes)).toBe(false);
  expect(seal(keyring, place, secret)).not.toEqual(sealed);
});

describe("17 a sealed value that was moved does not open", () => {
  const elsewhere: [string, Partial<SealContext>][] = [
    ["another row", { rowId: randomUUID() }],
    ["another column", { column: "refresh_token" }],
    ["another user", { userId: randomUUID() }],
    ["another provider", { provider: "github-lite" }],
    ["another table", { table: "pending_revocations" }],
    ["nobody's row", { userId: "" }],
  ];
  test.each(elsewhere)("to %s", (_where, moved) => {
    const sealed = seal(keyring, place, secret);
    const problem = refusal(() => open(keyring, { ...place, ...moved }, sealed));
    expect(problem).toMatchObject({ code: "cannot_unseal", status: 500 });
    expect(problem.message).toContain('"k1"');
  });

  test("to a place whose parts run together to the same text", () => {
    const sealed = seal(keyring, { ...place, userId: "ab", provider: "c" }, secret);
    expect(refusal(() => open(keyring, { ...place, userId: "a", provider: "bc" }, sealed)).code).toBe("cannot_unseal");
  });
});

test("no byte of a sealed value can be changed, taken away or added", () => {
  const sealed = seal(keyring, place, secret);
  for (let index = 0; index < sealed.length; index++) {
    const altered = Buffer.from(sealed);
    altered.writeUInt8(altered.readUInt8(index) ^ 1, index);
    expect(refusal(() => open(keyring, place, altered)).code).toBe("cannot_unseal");
    expect(refusal(() => open(keyring, place, sealed.subarray(0, index))).code).toBe("cannot_unseal");
  }
  expect(refusal(() => open(keyring, place, Buffer.concat([sealed, Buffer.of(0)]))).code).toBe("cannot_unseal");
});

test("a value of a key that this process was not given names the key's id", () => {
  const sealed = seal(createKeyring([second]), place, secret);
  expect(sealedWith(sealed)).toBe("k2");
  const problem = refusal(() => open(keyring, place, sealed));
  expect(problem.code).toBe("cannot_unseal");
  expect(problem.message).toMatch(/"k2".*ENCRYPTION_KEYS.*put it back/);
});

test("a key of the same id and other bytes does not open", () => {
  const impostor = createKeyring([{ id: "k1", bytes: randomBytes(32) }]);
  const problem = refusal(() => open(impostor, place, seal(keyring, place, secret)));
  expect(problem.message).toMatch(/"k1".*other bytes/);
});

test("the first key seals, and all open", () => {
  const old = seal(keyring, place, secret);
  const both = createKeyring([second, first]);
  expect(open(both, place, old)).toBe(secret);
  const fresh = seal(both, place, secret);
  expect(sealedWith(fresh)).toBe("k2");
  expect(open(both, place, fresh)).toBe(secret);
  expect(open(createKeyring([first, second]), place, fresh)).toBe(secret);
});

test("16 what is sealed is AES-256-GCM, with a nonce of 96 bits, a whole tag, and the place as additional data", () => {
  const sealed = seal(keyring, place, secret);
  const key = keyring.recordKey("k1", `${place.table}/${place.rowId}`);
  if (!key) throw new Error("no key");
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(4, 16), { authTagLength: 16 });
  decipher.setAuthTag(sealed.subarray(-16));
  const parts = [place.table, place.column, place.rowId, place.userId, place.provider, "k1"].map((part) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(part));
    return Buffer.concat([length, Buffer.from(part)]);
  });
  decipher.setAAD(Buffer.concat(parts));
  expect(decipher.update(sealed.subarray(16, -16)).toString() + decipher.final().toString()).toBe(secret);
});

test("16 a nonce never comes twice, and each record has a key of its own", () => {
  const nonces = new Set<string>();
  for (let count = 0; count < 20_000; count++) {
    nonces.add(seal(keyring, place, "").subarray(4, 16).toString("hex"));
  }
  expect(nonces.size).toBe(20_000);
  const one = keyring.recordKey("k1", "user_external_accounts/a");
  const other = keyring.recordKey("k1", "user_external_accounts/b");
  expect(one && other && one.equals(other)).toBe(false);
  expect(one?.export().equals(first.bytes)).toBe(false);
});

test("what can't be opened is said without secret, key or sealed value", () => {
  const sealed = seal(keyring, place, secret);
  const problems = [
    refusal(() => open(keyring, { ...place, column: "refresh_token" }, sealed)),
    refusal(() => open(createKeyring([second]), place, sealed)),
    refusal(() => open(keyring, place, randomBytes(60))),
    refusal(() => open(keyring, place, Buffer.alloc(0))),
  ];
  for (const problem of problems) {
    const text = `${problem.message}\n${problem.stack}\n${String(problem.cause)}`;
    for (const key of [first, second]) {
      for (const encoding of ["base64", "base64url", "hex"] as const)
        expect(text).not.toContain(key.bytes.toString(encoding));
    }
    expect(text).not.toContain(secret);
    expect(text).not.toContain(sealed.toString("base64"));
  }
});
