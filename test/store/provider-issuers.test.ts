import { afterAll, beforeAll, expect, test } from "vitest";
import { createLog } from "../../src/log.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { saveIdentity } from "../../src/store/identities.ts";
import { verifyIssuers } from "../../src/store/provider-issuers.ts";
import { createTestDatabase } from "../harness/database.ts";

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase({ log: createLog({ level: "silent" }) }, { url: testDatabase.url, connections: 2 });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const one = "https://one.example";
const other = "https://other.example";
const start = (provider: string, issuer: string) => verifyIssuers({ database }, new Map([[provider, issuer]]));

test("07 a start with another issuer is refused once somebody is known by the one before", async () => {
  await start("company", one);
  await saveIdentity(database, "company", { uid: "1", login: "ada", displayName: null, email: null, avatarUrl: null });
  await start("company", one);
  await expect(start("company", other)).rejects.toThrow(`"company" has another issuer than before (${one})`);
  await expect(start("company", other)).rejects.toThrow("an id of its own");
  await start("company", one);
  await start("elsewhere", other);
});

test("an issuer that was wrong can be corrected as long as nobody is known by it", async () => {
  await start("typo", other);
  await start("typo", one);
  await saveIdentity(database, "typo", { uid: "1", login: "ada", displayName: null, email: null, avatarUrl: null });
  await expect(start("typo", other)).rejects.toThrow("another issuer");
});

test("without such a provider nothing is asked of anybody", async () => {
  await verifyIssuers({ database }, new Map());
});
