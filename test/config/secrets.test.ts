import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/read-config.ts";
import { generateMasterKey } from "../../src/crypto/keyring.ts";
import { faultsOf, needed, pem } from "./environment.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "onbehalf-config-"));
  await writeFile(join(folder, "app.pem"), pem);
});
afterAll(() => rm(folder, { recursive: true }));

describe("the App's private key", () => {
  test.each([
    ["with line breaks", pem],
    ["with escaped line breaks", pem.replaceAll("\n", "\\n")],
    ["with Windows line breaks", pem.replaceAll("\n", "\r\n")],
    ["in base64", Buffer.from(pem).toString("base64")],
    ["without its last line break", pem.trimEnd()],
  ])("is taken %s", (_how, key) => {
    const { privateKey } = readConfig({ ...needed, PRIVATE_KEY: key }).github;
    expect(privateKey.replaceAll("\r", "").trim()).toBe(pem.trim());
  });

  test("is taken from a file, and the variable goes first", () => {
    const environment = { ...needed, PRIVATE_KEY: "", PRIVATE_KEY_PATH: join(folder, "app.pem") };
    expect(readConfig(environment).github.privateKey).toBe(pem);
    expect(faultsOf({ PRIVATE_KEY_PATH: join(folder, "missing.pem") })).toEqual([]);
  });

  test("names the file that can't be read", () => {
    const path = join(folder, "missing.pem");
    expect(faultsOf({ PRIVATE_KEY: "", PRIVATE_KEY_PATH: path })).toEqual([
      `PRIVATE_KEY_PATH names "${path}", which can't be read.`,
    ]);
  });

  const publicKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey;
  const ed25519 = generateKeyPairSync("ed25519").privateKey;
  test.each([
    ["a word", "secret-word"],
    ["a public key", publicKey.export({ type: "spki", format: "pem" }).toString()],
    ["a key of another kind", ed25519.export({ type: "pkcs8", format: "pem" }).toString()],
    ["cut off", pem.slice(0, 600)],
    ["its head alone", "-----BEGIN RSA PRIVATE KEY-----"],
  ])("is refused when it is %s, and never printed", (_what, key) => {
    const faults = faultsOf({ PRIVATE_KEY: key });
    expect(faults).toEqual([expect.stringMatching(/^PRIVATE_KEY is not a whole RSA private key/)]);
    for (const line of key.split("\n")) if (line) expect(faults.join()).not.toContain(line);
  });
});

describe("18 encryption keys", () => {
  const bytes = () => randomBytes(32).toString("base64");
  const [one, two] = [`k1:${bytes()}`, `k2:${bytes()}`];
  const idsOf = (keys: string) => readConfig({ ...needed, ENCRYPTION_KEYS: keys }).encryptionKeys.map(({ id }) => id);

  test("the first one given is the first", () => {
    expect(idsOf(`${one},${two}`)).toEqual(["k1", "k2"]);
    expect(idsOf(` ${two}\n${one}\n`)).toEqual(["k2", "k1"]);
    expect(idsOf(generateMasterKey())).toHaveLength(1);
  });

  test("have no default: without one nothing starts", () => {
    for (const none of [undefined, "", " "]) {
      expect(faultsOf({ ENCRYPTION_KEYS: none })).toEqual([expect.stringMatching(/^ENCRYPTION_KEYS .*is missing/)]);
    }
  });

  test("come from a file as well, one a line", async () => {
    const path = join(folder, "keys");
    await writeFile(path, `${one}\n${two}\n`);
    const environment = { ...needed, ENCRYPTION_KEYS: "", ENCRYPTION_KEYS_FILE: path };
    expect(readConfig(environment).encryptionKeys.map(({ id }) => id)).toEqual(["k1", "k2"]);
    const missing = join(folder, "no-keys");
    expect(faultsOf({ ENCRYPTION_KEYS: "", ENCRYPTION_KEYS_FILE: missing })).toEqual([
      `ENCRYPTION_KEYS_FILE names "${missing}", which can't be read.`,
    ]);
    await writeFile(path, "\n");
    expect(faultsOf({ ENCRYPTION_KEYS: "", ENCRYPTION_KEYS_FILE: path })).toEqual([
      expect.stringMatching(/is missing: make one with/),
    ]);
  });

  test.each([
    ["an id twice", () => `${one},${two},k1:${bytes()}`, /key id "k1" is given twice/],
    ["a key twice", () => `${one},${one}`, /key id "k1" is given twice/],
    ["too few bytes", () => `k1:${randomBytes(16).toString("base64")}`, /key "k1" has 16 bytes; it must have 32/],
    ["too many bytes", () => `k1:${randomBytes(33).toString("base64")}`, /key "k1" has 33 bytes/],
    ["no id", () => bytes(), /entry 1 is not id:base64/],
    ["an empty id", () => `:${bytes()}`, /entry 1 is not id:base64/],
    ["a long id", () => `${"k".repeat(33)}:${bytes()}`, /entry 1 is not id:base64/],
    ["an id with a space in it", () => `k 1:${bytes()}`, /entry 1 is not id:base64/],
    ["something else at the second place", () => `${one},secret-word`, /entry 2 is not id:base64/],
    ["hex", () => `k1:${randomBytes(32).toString("hex")}`, /key "k1" has 48 bytes/],
  ])("with %s are refused without printing one", (_what, make, why) => {
    const keys = make();
    const faults = faultsOf({ ENCRYPTION_KEYS: keys });
    expect(faults.join()).toMatch(why);
    for (const entry of keys.split(/[\s,:]/)) if (entry.length > 10) expect(faults.join()).not.toContain(entry);
  });
});

test("no fault prints a secret", () => {
  const secrets = { WEBHOOK_SECRET: "webhook-secret-1", GITHUB_CLIENT_SECRET: "client-secret-1" };
  const faults = faultsOf({ ...secrets, PORT: "x", PRIVATE_KEY: "private-key-1", ENCRYPTION_KEYS: "master-key-1" });
  expect(faults).toHaveLength(3);
  for (const secret of [...Object.values(secrets), "private-key-1", "master-key-1"]) {
    expect(faults.join()).not.toContain(secret);
  }
});
