import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { readMasterKeys } from "../../src/config/encryption-keys.ts";
import { rollback } from "../../src/store/migrate.ts";
import { createTestDatabase } from "../harness/database.ts";
import { programEnvironment } from "../harness/program-environment.ts";
import { emptyFolder, entry, linesOf, type Outcome, onbehalf } from "./onbehalf.ts";

vi.setConfig({ testTimeout: 120_000 }); // each command is a process

let folder: string;
let database: Awaited<ReturnType<typeof createTestDatabase>>;

beforeAll(async () => {
  folder = await emptyFolder();
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

/** A command on the file's own database. */
const run = (...args: string[]) => onbehalf(args, { cwd: folder, env: { DATABASE_URL: database.url } });

async function query(text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  return (await client.query(text).finally(() => client.end())).rows;
}

function json(outcome: Outcome): Record<string, unknown> {
  expect(outcome).toMatchObject({ code: 0, err: "" });
  expect(linesOf(outcome.out)).toHaveLength(1);
  return JSON.parse(outcome.out);
}

function expectRefused(outcome: Outcome, why: RegExp): void {
  expect(outcome).toMatchObject({ code: 1, out: "" });
  expect(outcome.err).toMatch(why);
  expect(outcome.err).not.toMatch(/^ +at /m);
}

describe("keys generate", () => {
  test("prints a key that ENCRYPTION_KEYS takes, a new one each time, and needs no configuration", async () => {
    const outcomes = await Promise.all([1, 2].map(() => onbehalf(["keys", "generate"], { cwd: folder })));
    const keys = outcomes.map(({ code, out, err }) => {
      expect({ code, err, lines: linesOf(out).length }).toEqual({ code: 0, err: "", lines: 1 });
      return readMasterKeys({ ENCRYPTION_KEYS: out.trim() }, (fault) => expect.unreachable(fault))[0];
    });
    expect(keys[0]?.id).not.toBe(keys[1]?.id);
    expect(keys[0]?.bytes).not.toEqual(keys[1]?.bytes);
  });

  test("prints JSON", async () => {
    expect(json(await run("keys", "generate", "--json"))).toEqual({ key: expect.stringMatching(/^k\w+:.{43}=$/) });
  });
});

describe("bots", () => {
  test("create prints the key as the only line, and only its SHA-256 is stored", async () => {
    const { code, out, err } = await run("bots", "create", "deploy-bot");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(linesOf(out)).toEqual([expect.stringMatching(/^ob_[A-Za-z0-9_-]{43}$/)]);
    const key = out.trim();
    const hash = createHash("sha256").update(key).digest("hex");
    expect(
      await query(`SELECT b.name, b.kind, encode(k.key_hash, 'hex') AS hash FROM keys k JOIN bots b ON b.id = k.bot_id
        WHERE b.name = 'deploy-bot'`),
    ).toEqual([{ name: "deploy-bot", kind: "bot", hash }]);
    const rows = await query(
      "SELECT row_to_json(k)::text || (SELECT json_agg(e) FROM audit_events e) AS all FROM keys k",
    );
    expect(JSON.stringify(rows)).not.toContain(key.slice(3));
  });

  test("create makes platforms, and prints JSON", async () => {
    const made = json(await run("bots", "create", "host", "--kind", "platform", "--json"));
    expect(made).toMatchObject({ name: "host", kind: "platform", key: expect.stringMatching(/^ob_/) });
  });

  test("a name that is taken or bad, or an unknown kind, is refused", async () => {
    json(await run("bots", "create", "taken", "--json"));
    const before = await query("SELECT count(*) FROM bots");
    expectRefused(await run("bots", "create", "taken"), /named "taken" exists: choose another name/);
    expectRefused(await run("bots", "create", "a b"), /1 to 63 of A-Z a-z 0-9/);
    expectRefused(await run("bots", "create", "x", "--kind", "admin"), /--kind is "admin": use bot or platform/);
    expectRefused(await run("bots", "create"), /missing required argument 'name'/);
    expect(await query("SELECT count(*) FROM bots")).toEqual(before);
  });

  test("list shows all of them without a key, also the revoked ones", async () => {
    json(await run("bots", "create", "short-lived", "--json"));
    expect(await run("bots", "revoke", "short-lived")).toEqual({ code: 0, out: "Revoked short-lived.\n", err: "" });
    expectRefused(await run("bots", "revoke", "short-lived"), /no live bot named "short-lived"/);
    const { items } = json(await run("bots", "list", "--json"));
    expect(items).toContainEqual({
      name: "short-lived",
      kind: "bot",
      created_at: expect.stringMatching(/Z$/),
      revoked_at: expect.stringMatching(/Z$/),
    });
    const { out } = await run("bots", "list");
    expect(linesOf(out)[0]).toMatch(/^name +kind +created at +revoked at$/);
    expect(out).toMatch(/^short-lived +bot +\S+Z +\S+Z$/m);
    expect(out).not.toContain("ob_");
  });

  test("revoke prints JSON, and ends keys and delegations", async () => {
    json(await run("bots", "create", "gone", "--json"));
    expect(json(await run("bots", "revoke", "gone", "--json"))).toMatchObject({ name: "gone", revoked: true });
    expect(
      await query(`SELECT k.revoked_at IS NOT NULL AS revoked FROM keys k JOIN bots b ON b.id = k.bot_id
        WHERE b.name = 'gone'`),
    ).toEqual([{ revoked: true }]);
  });
});

describe("audit", () => {
  test("prints the log oldest first, for people and as NDJSON", async () => {
    json(await run("bots", "create", "logged", "--json"));
    await query(`INSERT INTO audit_events (action, actor, result, code, repository, branch, requested_by, bot_id)
      SELECT 'commit', 'bot', 'failed', 'head_moved', 'acme/site', 'main', E'\\u001b[31mred\\u0007', id FROM bots
      WHERE name = 'logged'`);
    const plain = await run("audit");
    expect(plain).toMatchObject({ code: 0, err: "" });
    const last = linesOf(plain.out).at(-1) ?? "";
    expect(last).toMatch(/^\S+Z {2}commit {2}failed \(head_moved\) {2}by logged {2}in acme\/site {2}on main {2}for /);
    // Whoever wrote it must not steer the operator's terminal.
    expect([...plain.out].filter((character) => character < " " && character !== "\n")).toEqual([]);

    const { code, out, err } = await run("audit", "--json");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const events = linesOf(out).map((line) => JSON.parse(line));
    expect(events.length).toBe(linesOf(plain.out).length);
    expect(events.map(({ id }) => Number(id))).toEqual(events.map(({ id }) => Number(id)).sort((a, b) => a - b));
    expect(events.at(-1)).toMatchObject({ action: "commit", result: "failed", code: "head_moved", bot: "logged" });
    expect(out).not.toContain("ob_");
  });

  test.each([
    ["admin", /disconnect {2}succeeded {2}by an admin {2}about staff-7 {2}for the-admin$/],
    ["platform", /disconnect {2}succeeded {2}by host-of-log {2}about staff-7$/],
  ])("does not read as if who ended an account had acted as its person: %s", async (actor, words) => {
    await query(`INSERT INTO users (external_id) VALUES ('staff-7') ON CONFLICT DO NOTHING`);
    await query(`INSERT INTO bots (name, kind) VALUES ('host-of-log', 'platform') ON CONFLICT DO NOTHING`);
    await query(`INSERT INTO audit_events (action, actor, result, user_id, bot_id, requested_by)
      SELECT 'disconnect', '${actor}', 'succeeded', u.id, CASE '${actor}' WHEN 'platform' THEN b.id END,
        CASE '${actor}' WHEN 'admin' THEN 'the-admin' END
      FROM users u, bots b WHERE u.external_id = 'staff-7' AND b.name = 'host-of-log'`);
    expect(linesOf((await run("audit")).out).at(-1)).toMatch(words);
  });

  test("prints a log of any length", async () => {
    await query(`INSERT INTO audit_events (action, actor, result) SELECT 'commit', 'bot', 'succeeded'
      FROM generate_series(1, 2500)`);
    const [{ count }] = (await query("SELECT count(*) FROM audit_events")) as [{ count: string }];
    expect(linesOf((await run("audit", "--json")).out)).toHaveLength(Number(count));
  });

  test("ends quietly when nobody reads on", () => {
    const command = `'${process.execPath}' '${entry}' audit --json | head -n 1`;
    const env = { ...programEnvironment(), DATABASE_URL: database.url };
    const { stdout, stderr } = spawnSync("sh", ["-c", command], { cwd: folder, env, encoding: "utf8" });
    expect({ lines: linesOf(stdout).length, stderr }).toEqual({ lines: 1, stderr: "" });
  });
});

describe("migrate", () => {
  test("brings an empty database up to date, and says what it did", async () => {
    const other = await createTestDatabase();
    await rollback({ url: other.url, all: true });
    const env = { DATABASE_URL: other.url };
    const { applied } = json(await onbehalf(["migrate", "--json"], { cwd: folder, env }));
    expect(applied).toContain("001_initial");
    expect(json(await onbehalf(["migrate", "--json"], { cwd: folder, env }))).toEqual({ applied: [] });
    const again = await onbehalf(["migrate"], { cwd: folder, env });
    expect(again).toEqual({ code: 0, out: "The database is up to date.\n", err: "" });
    await other.drop();
  });

  test("any command brings it up to date first", async () => {
    const other = await createTestDatabase();
    await rollback({ url: other.url, all: true });
    const outcome = await onbehalf(["bots", "list"], { cwd: folder, env: { DATABASE_URL: other.url } });
    const out = "There are no bots. Create one: npm run -s onbehalf -- bots create NAME\n";
    expect(outcome).toEqual({ code: 0, out, err: "" });
    await other.drop();
  });
});

describe("what can't be done", () => {
  test("an unknown command, option or none at all ends with 1 and says how to get help", async () => {
    expectRefused(await run("frobnicate"), /unknown command 'frobnicate'[\s\S]*--help/);
    expectRefused(await run("bots", "frobnicate"), /unknown command 'frobnicate'/);
    expectRefused(await run("bots", "list", "--yaml"), /unknown option '--yaml'/);
    expectRefused(await run(), /Usage: onbehalf/);
  });

  test("help is printed for who asks, with every command", async () => {
    const { code, out } = await run("--help");
    expect(code).toBe(0);
    for (const command of ["start", "migrate", "bots", "delegations", "audit", "keys"]) expect(out).toContain(command);
  });

  test("a database that is away is said in a sentence, without its password", async () => {
    const env = { DATABASE_URL: "postgres://onbehalf:hidden-password@127.0.0.1:1/onbehalf" };
    const outcome = await onbehalf(["bots", "list"], { cwd: folder, env });
    expectRefused(outcome, /^The database can't be used: .*ECONNREFUSED.*DATABASE_URL/);
    expect(outcome.err).not.toContain("hidden-password");
  });

  test("a wrong password is said in a sentence, without it", async () => {
    const url = new URL(database.url);
    url.password = "hidden-password";
    const outcome = await onbehalf(["bots", "list"], { cwd: folder, env: { DATABASE_URL: url.href } });
    expectRefused(outcome, /^The database can't be used: password authentication failed/);
    expect(outcome.err).not.toContain("hidden-password");
  });

  test("an error that nobody caught is printed without secrets, also of what hangs on it", async () => {
    const request = { headers: { authorization: "Basic c2VjcmV0OnNlY3JldA==" }, body: { client_secret: "c0ffee" } };
    const secret = `ghu_${"x".repeat(36)}`;
    const thrown = `Object.assign(new Error("no ${secret}"), { request: ${JSON.stringify(request)} })`;
    const preload = `data:text/javascript,process.once("beforeExit", () => { throw ${thrown} })`;
    const env = { NODE_OPTIONS: `--import ${JSON.stringify(preload)}` };
    const { code, err } = await onbehalf(["keys", "generate"], { cwd: folder, env });
    expect(code).toBe(1);
    expect(err).toContain("Error: no ghu_[redacted]");
    for (const part of [secret, "c2VjcmV0OnNlY3JldA", "c0ffee"]) expect(err).not.toContain(part);
  });

  test("a log level that is none is no reason for a command to fail", async () => {
    const env = { DATABASE_URL: database.url, LOG_LEVEL: "loud" };
    expect((await onbehalf(["keys", "generate"], { cwd: folder, env })).code).toBe(0);
  });
});
