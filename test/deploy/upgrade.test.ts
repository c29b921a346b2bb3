import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { createBot } from "../../src/actions/bots/create-bot.ts";
import { createLog } from "../../src/log.ts";
import { openDatabase } from "../../src/store/database.ts";
import { createDelegation } from "../../src/store/delegations.ts";
import { freePort } from "../../src/store/embedded/free-port.ts";
import { migrate } from "../../src/store/migrate.ts";
import { Browser } from "../harness/browser.ts";
import { createTestDatabase } from "../harness/database.ts";
import { programEnvironment } from "../harness/program-environment.ts";
import { useStack } from "../harness/use-stack.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const git = (...args: string[]) => spawnSync("git", args, { cwd: root, encoding: "utf8" }).stdout.trim();

/** The last release; before the first one, the version before the newest migration. Empty in a shallow clone. */
function versionBefore(): string {
  const release = git("describe", "--tags", "--abbrev=0", "--match", "v*", "HEAD^");
  if (release) return release;
  const added = git("log", "-1", "--diff-filter=A", "--format=%H", "--", "migrations");
  return added && git("rev-parse", "--verify", "--quiet", `${added}^`);
}
const before = versionBefore();

// A shallow clone has no history to take it from; the statements are looked at all the same, below.
describe.skipIf(!before)("while replicas are exchanged", () => {
  const stack = useStack();

  test("the version before goes on working on a database that this one has migrated, beside replicas of it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "onbehalf-before-"));
    const database = await createTestDatabase();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    const archive = `git archive ${before} src migrations package.json | tar -x -C '${folder}'`;
    expect(spawnSync("sh", ["-c", archive], { cwd: root }).status).toBe(0);
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const changes = { DATABASE_URL: database.url, PUBLIC_URL: url, PORT: String(port) };
    stack.sandbox.setCallbackUrls([`${url}/connect/github/callback`]);
    const environment = { ...programEnvironment(), ...defined(stack.environment), ...changes };
    const old = spawn(process.execPath, ["src/main.ts", "start"], {
      cwd: folder,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    try {
      let output = "";
      const listening = new Promise<string>((resolve) => {
        old.stdout.on("data", (piece) => {
          output += piece;
          if (output.includes("onbehalf is listening")) resolve("listening");
        });
      });
      expect(await Promise.race([listening, once(old, "exit").then(() => output)])).toBe("listening");
      const browser = new Browser();
      const consent = await browser.submit(await browser.open(`${url}/`), "Sign in with GitHub");
      await browser.submit(consent, "Authorize", { login: "ada", action: "authorize" });
      const connect = async () => {
        const page = await browser.submit(await browser.open(`${url}/accounts`), "/connect/github");
        await browser.submit(page, "Authorize", { login: "ada", action: "authorize" });
      };
      await connect();
      const { applied } = await migrate({ url: database.url });
      expect(applied.length).toBeGreaterThan(0);
      const key = await permitted(database.url);
      let files = 0;
      const commit = async (at: string) => {
        const change = { changes: [{ path: `file-${files++}.txt`, content: "hello\n" }] };
        return (await stack.commit(key, change, { url: at })).status;
      };
      expect(await commit(url)).toBe(201);
      const replica = await stack.replica(changes);
      for (const at of [replica.url, url, replica.url]) expect(await commit(at)).toBe(201);
      await browser.submit(await browser.open(`${url}/accounts`), "Disconnect");
      expect(await commit(replica.url)).toBe(403);
      await connect();
      for (const at of [replica.url, url]) expect(await commit(at)).toBe(201);
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      expect(output).not.toMatch(/"level":50/);
      await replica.stop();
    } finally {
      old.kill("SIGTERM");
      if (old.exitCode === null) await once(old, "exit");
      await client.end();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** What the version before could not live with, in a statement of a migration's `up`. */
const incompatible: [what: string, pattern: RegExp][] = [
  ["drops a column or a table", /\bDROP (TABLE|COLUMN|VIEW)\b/i],
  ["renames", /\bRENAME\b/i],
  ["changes a column's type", /\bALTER COLUMN \w+ (SET DATA )?TYPE\b/i],
  [
    "asks for a value that the version before doesn't give",
    /\bADD COLUMN [^,;]*\bNOT NULL\b(?![^,;]*\b(DEFAULT|GENERATED)\b)/i,
  ],
  ["takes NULL away", /\bSET NOT NULL\b/i],
];

test("no migration takes away what the version before uses", async () => {
  const folder = join(root, "migrations");
  const names = (await readdir(folder)).filter((name) => name > "021");
  const found = [];
  for (const name of names) {
    const [up = ""] = (await readFile(join(folder, name), "utf8")).split("export async function down");
    for (const [what, pattern] of incompatible) if (pattern.test(up)) found.push(`${name} ${what}`);
  }
  expect(names.length).toBeGreaterThan(0);
  expect(found).toEqual([]);
});

test.each([
  ["ALTER TABLE a DROP COLUMN b", true],
  ["ALTER TABLE a RENAME b TO c", true],
  ["ALTER TABLE a ADD COLUMN b text NOT NULL", true],
  ["ALTER TABLE a ADD COLUMN b text NOT NULL DEFAULT ''", false],
  ["ALTER TABLE a ALTER COLUMN b TYPE bigint", true],
  ["ALTER TABLE a ALTER COLUMN b SET NOT NULL", true],
  ["CREATE TABLE a (b text NOT NULL)", false],
])("%s: taken for incompatible: %s", (statement, expected) => {
  expect(incompatible.some(([, pattern]) => pattern.test(statement))).toBe(expected);
});

/** A bot's key that may commit as the only user there is. */
async function permitted(databaseUrl: string): Promise<string> {
  const database = openDatabase({ log: createLog({ level: "silent" }) }, { url: databaseUrl });
  const { bot, key } = await createBot({ database }, { name: "deploy-bot", kind: "bot" });
  const { rows } = await database.query<{ id: string }>({ text: "SELECT id FROM users" });
  await createDelegation(database, {
    userId: rows[0]?.id ?? "",
    botId: bot.id,
    provider: "github",
    repositories: ["acme/site"],
    branches: ["*"],
    capabilities: ["commit"],
    endsAt: null,
    grantedBy: "operator",
  });
  await database.close();
  return key;
}

function defined(environment: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
