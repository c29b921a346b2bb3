import { once } from "node:events";
import { connect } from "node:net";
import { expect, test, vi } from "vitest";
import { openDatabaseProxy } from "./harness/database-proxy.ts";
import { openGate } from "./harness/gate.ts";
import { committer } from "./harness/people.ts";
import { emptyFolder, runProgram } from "./harness/program.ts";
import { type ReplicaProcess, startReplicaProcess } from "./harness/replica-process.ts";
import { accountOf } from "./harness/stored.ts";
import { age } from "./harness/stored-account.ts";
import { useStack } from "./harness/use-stack.ts";

/* What signals, and a database that is away, do to a real process. */

vi.setConfig({ testTimeout: 60_000 });

const stack = useStack();

/** A request that the process has begun with, and whose body it waits for. */
async function beginRequest({ url }: ReplicaProcess): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {}); // it ends with the process
  socket.write(
    `POST /api/github/webhooks HTTP/1.1\r\nhost: ${hostname}\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n`,
  );
  const [answer] = await once(socket, "data");
  expect(String(answer)).toMatch(/^HTTP\/1\.1 100 /);
}

test("a first signal waits for what is under way, a second one ends at once", async () => {
  const replica = await startReplicaProcess(stack);
  await beginRequest(replica);
  replica.child.kill("SIGTERM");
  await replica.says(/"msg":"stopping"/);
  expect(replica.child.exitCode).toBeNull();
  replica.child.kill("SIGTERM");
  expect(await replica.ended).toBe(1);
});

test("a stop writes a renewed pair that waits for the database, and ends only then", async () => {
  const [database, gate] = [await openDatabaseProxy(stack.databaseUrl), await openGate(stack.sandbox)];
  const replica = await startReplicaProcess(stack, {
    DATABASE_URL: database.url,
    GITHUB_URL: new URL(gate.apiUrl).origin,
    GITHUB_API_URL: gate.apiUrl,
  });
  const person = await committer(stack);
  const { version } = await age(stack, person.userId, "expired");
  // GitHub has rotated the pair, and the database is away when it comes.
  gate.after("access_token", () => database.cut());
  const commit = stack.commit(person.key, { user: `gh.${person.id}`, repository: person.repository }, replica).catch(
    () => null, // the process has gone before its patience ends
  );
  await replica.says(/a renewed token waits for the database/);
  replica.child.kill("SIGTERM");
  await replica.says(/"msg":"stopping"/);
  expect(await accountOf(stack, person.userId)).toMatchObject({ version });
  expect(replica.child.exitCode).toBeNull();
  database.mend();
  expect(await replica.ended).toBe(0);
  await commit;
  expect(await accountOf(stack, person.userId)).toMatchObject({ state: "active", version: version + 1 });
  expect((await person.commit()).status).toBe(201);
  await gate.close();
  await database.close();
});

test("a start waits for a database that is away, until it comes or a signal does", async () => {
  const [database, folder] = [await openDatabaseProxy(stack.databaseUrl), await emptyFolder()];
  database.cut();
  const given = Object.entries({ ...stack.environment, DATABASE_URL: database.url, PORT: "0" });
  const environment = Object.fromEntries(given.filter((entry): entry is [string, string] => entry[1] !== undefined));
  const programs = [1, 2].map(() => runProgram(["start"], { folder: folder.path, environment }));
  for (const program of programs) await program.says(/the database can't be reached \(DATABASE_URL\)/);
  const [patient, interrupted] = programs;
  expect(await interrupted?.stop()).toBe(0);
  database.mend();
  await patient?.says(/onbehalf is listening/);
  expect(await patient?.stop()).toBe(0);
  await folder.remove();
  await database.close();
});
