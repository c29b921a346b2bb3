import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createSink } from "../../src/actions/audit-stream/sink.ts";
import { completeAudit, writeAudit, writeAudits } from "../../src/store/audit.ts";
import { noteAuditSent, readUnsentAudit, removeOldAudit, setAuditStreamed } from "../../src/store/audit-stream.ts";
import { linesOf, onbehalf } from "../cli/onbehalf.ts";
import { faultsOf } from "../config/environment.ts";
import { type LineReceiver, openLineReceiver } from "../harness/line-receiver.ts";
import { committer } from "../harness/people.ts";
import { type Stack, startStack } from "../harness/stack.ts";

let receiver: LineReceiver;
let stack: Stack;
beforeAll(async () => {
  receiver = await openLineReceiver();
  stack = await startStack({ environment: { AUDIT_SINK: receiver.url, AUDIT_SINK_TOKEN: "the-sink-s-token" } });
});
afterEach(() => {
  receiver.answer = () => 200;
});
afterAll(async () => {
  await stack.stop();
  await receiver.close();
});

const event = { action: "whoami", actor: "system" } as const;
const ids = () => receiver.lines.map((line) => JSON.parse(line).id);
const linesAbout = (id: string) => receiver.lines.map((line) => JSON.parse(line)).filter((each) => each.id === id);

async function unsent(): Promise<string[]> {
  const { rows } = await stack.database.query<{ event_id: string }>({
    text: "SELECT event_id FROM audit_unsent WHERE due_at <= now() ORDER BY 1",
  });
  return rows.map(({ event_id }) => event_id);
}
const allSent = () => vi.waitFor(async () => expect(await unsent()).toEqual([]), 20_000);

describe("the audit log is streamed", () => {
  test("as `audit --json` prints it, each event once, by id, whoever did it and on whichever replica", async () => {
    const other = await stack.replica();
    const person = await committer(stack);
    for (const url of [stack.url, other.url]) {
      expect((await stack.commit(person.key, { user: `gh.${person.id}`, branch: "x" }, { url })).status).toBe(403);
    }
    expect((await person.commit()).status).toBe(201);
    await onbehalf(["bots", "create", "made-by-a-command"], { env: stack.environment, cwd: tmpdir() });
    await allSent();
    const { out } = await onbehalf(["audit", "--json"], { env: stack.environment, cwd: tmpdir() });
    expect(receiver.lines.length).toBeGreaterThan(4);
    expect(receiver.lines).toEqual(linesOf(out));
    expect(receiver.headers[0]).toMatchObject({
      "content-type": "application/x-ndjson",
      authorization: "Bearer the-sink-s-token",
    });
  });

  test("once it is over; what never ends is sent after ten minutes as it is, and once more when it ends after all", async () => {
    const [ends, stays] = await writeAudits(stack.database, [
      [event, { result: "started" }],
      [event, { result: "started" }],
    ]);
    if (!ends || !stays) throw new Error("two events were written");
    await completeAudit(stack.database, ends, { result: "failed", code: "head_moved" });
    await vi.waitFor(() => expect(linesAbout(ends)).toMatchObject([{ result: "failed", code: "head_moved" }]), 10_000);
    expect(linesAbout(stays)).toEqual([]);
    const { rows } = await stack.database.query({
      text: "SELECT due_at > now() + interval '9 minutes' AS later FROM audit_unsent WHERE event_id = $1",
      values: [stays],
    });
    expect(rows).toEqual([{ later: true }]);
    await stack.database.query({ text: "UPDATE audit_unsent SET due_at = now() WHERE event_id = $1", values: [stays] });
    await vi.waitFor(() => expect(linesAbout(stays)).toMatchObject([{ result: "started" }]), 10_000);
    await completeAudit(stack.database, stays, { result: "succeeded" });
    await vi.waitFor(() => expect(linesAbout(stays)).toHaveLength(2), 10_000);
    expect(linesAbout(stays)[1]).toMatchObject({ result: "succeeded" });
  });

  test("once more, when it changes while it is being sent", async () => {
    let change: Promise<void> | undefined;
    const id = await writeAudit(stack.database, event, { result: "started" });
    await stack.database.query({ text: "UPDATE audit_unsent SET due_at = now() WHERE event_id = $1", values: [id] });
    receiver.answer = async () => {
      change ??= completeAudit(stack.database, id, { result: "succeeded" });
      await change;
      return 200;
    };
    await vi.waitFor(() => expect(linesAbout(id)).toHaveLength(2), 10_000);
    expect(linesAbout(id)).toMatchObject([{ result: "started" }, { result: "succeeded" }]);
  });

  test("when the sink is back: nothing is lost meanwhile, also not to AUDIT_DAYS", async () => {
    let refused = 0;
    receiver.answer = () => (refused++ % 2 === 0 ? 503 : null);
    const id = await writeAudit(stack.database, event);
    await stack.database.query({
      text: "UPDATE audit_events SET at = now() - interval '30 days' WHERE id = $1",
      values: [id],
    });
    await vi.waitFor(() => expect(refused).toBeGreaterThan(0), 10_000);
    await removeOldAudit(stack.database, { days: 7, most: 100 });
    expect(await unsent()).toContain(id);
    receiver.answer = () => 200;
    await vi.waitFor(() => expect(linesAbout(id)).toHaveLength(1), 20_000);
    await allSent();
    expect(await removeOldAudit(stack.database, { days: 7, most: 100 })).toBe(1);
    expect(stack.log.join("")).toContain('"why":"http_503"');
  });

  test("in smaller pieces to a sink that finds them too large", async () => {
    const sizes: number[] = [];
    receiver.answer = (lines) => {
      sizes.push(lines.length);
      return lines.length > 2 ? 413 : 200;
    };
    const written = await writeAudits(stack.database, Array(7).fill([event, { result: "succeeded" }]));
    await allSent();
    expect(ids().slice(-7)).toEqual(written);
    expect(Math.max(...sizes)).toBe(7);
  });
});

describe("what is sent next", () => {
  /** Somebody else's transaction. */
  async function transaction(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: stack.databaseUrl });
    await client.connect();
    await client.query("BEGIN");
    return client;
  }
  const insert = (client: pg.Client) =>
    client
      .query("INSERT INTO audit_events (action, actor, result) VALUES ('whoami', 'system', 'succeeded') RETURNING id")
      .then(({ rows }) => String(rows[0].id));

  test("waits for a smaller id whose transaction still runs, but not for long", async () => {
    // Nobody else takes what is queued here.
    receiver.answer = () => 503;
    const [slow, quick] = [await transaction(), await transaction()];
    try {
      const first = await insert(slow);
      const second = await insert(quick);
      await quick.query("COMMIT");
      const next = async () => (await readUnsentAudit(stack.database, 100)).map(({ id }) => id);
      const begun = async (seconds: number) =>
        stack.database.query({
          text: "UPDATE audit_unsent SET due_at = clock_timestamp() - $1 * interval '1 s' WHERE event_id = $2",
          values: [seconds, second],
        });
      await begun(0);
      expect(await next()).toEqual([]);
      await begun(2);
      expect(await next()).toEqual([second]);
      await slow.query("COMMIT");
      expect(await next()).toEqual([first, second]);
    } finally {
      await Promise.all([slow.end(), quick.end()]);
    }
  });

  test("is noted as sent without waiting for whoever changes it", async () => {
    receiver.answer = () => 503;
    const id = await writeAudit(stack.database, event, { result: "started" });
    const changing = await transaction();
    try {
      await changing.query("UPDATE audit_events SET result = 'succeeded' WHERE id = $1", [id]);
      await noteAuditSent(stack.database, [{ id, changes: 0 }]);
      await changing.query("COMMIT");
      expect(await unsent()).toContain(id);
    } finally {
      await changing.end();
    }
  });

  test("is nothing where nobody wants it", async () => {
    await setAuditStreamed(stack.database, false);
    const id = await writeAudit(stack.database, event);
    expect(await unsent()).not.toContain(id);
    await setAuditStreamed(stack.database, true);
  });
});

describe("a file", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "onbehalf-audit-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("gets whole lines, for its owner alone, also after somebody died in the middle of one", async () => {
    const file = join(folder, "audit.ndjson");
    const sink = createSink({ fetch }, { file });
    await sink('{"id":"1"}\n');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await writeFile(file, '{"id":"2"', { flag: "a" });
    await sink('{"id":"2"}\n{"id":"3"}\n');
    expect(await readFile(file, "utf8")).toBe('{"id":"1"}\n{"id":"2"\n{"id":"2"}\n{"id":"3"}\n');
  });

  test("that can't be written is said by the system's code", async () => {
    const sink = createSink({ fetch }, { file: join(folder, "no", "such", "folder") });
    await expect(sink("{}\n")).rejects.toThrow(/^ENOENT$/);
  });
});

test.each([
  [{ AUDIT_SINK: "file://host/audit" }, "AUDIT_SINK is no file's address"],
  [{ AUDIT_SINK: "file:///var/log/" }, "AUDIT_SINK is no file's address"],
  [{ AUDIT_SINK: "http://siem.example/in" }, "AUDIT_SINK is http:// for a host"],
  [{ AUDIT_SINK: "audit.ndjson" }, "AUDIT_SINK is neither file:"],
  [{ AUDIT_SINK: "file:///a", AUDIT_SINK_TOKEN: "secret" }, "AUDIT_SINK_TOKEN is for an https"],
  [{ AUDIT_SINK_TOKEN: "secret" }, "AUDIT_SINK_TOKEN is given without"],
  [{ AUDIT_DAYS: "-1" }, 'AUDIT_DAYS is "-1"'],
  [{ DELIVERIES_DAYS: "0" }, 'DELIVERIES_DAYS is "0"'],
  [{ SYNCS_DAYS: "many" }, 'SYNCS_DAYS is "many"'],
])("%o is refused", (environment, why) => {
  expect(faultsOf(environment)).toEqual([expect.stringContaining(why)]);
});
