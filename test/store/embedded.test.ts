import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { attachEmbedded } from "../../src/store/embedded/attach-embedded.ts";
import { isAlive, isStranger, readPostmaster } from "../../src/store/embedded/postmaster.ts";
import { type Embedded, startEmbedded } from "../../src/store/embedded/start-embedded.ts";
import { planLaunch } from "../../src/store/embedded/unprivileged.ts";
import { spawnOwner, whyNotRunnable } from "../harness/spawn-owner.ts";

const isRoot = process.getuid?.() === 0;
const settings = { fsync: "off" };
let folder: string;
let dataDir: string;
let logged: string[];
/** What is logged about folders that the database's account may not enter: also the one that the tests lie in. */
let barriers: string[];
let started: Embedded[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "onbehalf-embedded-"));
  await chmod(folder, 0o711);
  dataDir = join(folder, "data");
  logged = [];
  barriers = [];
  started = [];
});

afterEach(async () => {
  for (const embedded of started) await embedded.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(options: { settings?: Record<string, string> } = { settings }): Promise<Embedded> {
  const log = (line: string) => (line.includes("dac_read_search") ? barriers : logged).push(line);
  const embedded = await startEmbedded({ log }, { dataDir, ...options });
  started.push(embedded);
  return embedded;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: "array" })).rows;
  } finally {
    await client.end();
  }
}

async function serverPid(): Promise<number> {
  const postmaster = await readPostmaster(join(dataDir, "postgres"));
  if (!postmaster) throw new Error("no server");
  return postmaster.pid;
}

/** Not by number alone: where this runs without an init, nobody reaps an orphan. */
async function runs(pid: number): Promise<boolean> {
  return isAlive(pid) && !(await isStranger(pid));
}

test("the first start makes a cluster, later ones keep its data, and a stop leaves no process", async () => {
  const times: number[] = [];
  const timed = async () => {
    const begun = performance.now();
    const embedded = await start({});
    times.push(Math.round(performance.now() - begun));
    return embedded;
  };
  const first = await timed();
  expect(first.started).toBe(true);
  await query(first.url, "CREATE TABLE kept AS SELECT 'ä' AS word");
  const pid = await serverPid();
  await first.stop();
  await first.stop();
  expect(await runs(pid)).toBe(false);

  const second = await timed();
  expect(await query(second.url, "SELECT word, upper(word) FROM kept")).toEqual([["ä", "Ä"]]);
  console.log(`embedded PostgreSQL: first start ${times[0]} ms, second ${times[1]} ms`);
  expect(logged).toEqual([]);
});

test("it listens on loopback only, asks for the password, and keeps it from other accounts", async () => {
  const { url } = await start();
  expect(await query(url, "SHOW listen_addresses")).toEqual([["127.0.0.1"]]);
  expect(await query(url, "SHOW unix_socket_directories")).toEqual([[""]]);
  const wrong = new URL(url);
  wrong.password = "wrong";
  await expect(query(wrong.href, "SELECT 1")).rejects.toMatchObject({ code: "28P01" });
  expect((await stat(join(dataDir, "postgres.json"))).mode & 0o777).toBe(0o600);
  expect((await stat(join(dataDir, "postgres", "onbehalf.password"))).mode & 0o777).toBe(0o600);
});

test.skipIf(process.platform !== "linux")("the server inherits nothing of our environment", async () => {
  process.env.SOMETHING_SECRET = "do-not-inherit";
  await start();
  delete process.env.SOMETHING_SECRET;
  expect(await readFile(`/proc/${await serverPid()}/environ`, "utf8")).not.toContain("do-not-inherit");
});

test("a second process on the folder is refused in words that help", async () => {
  const owner = await spawnOwner(dataDir);
  expect(owner.said.started).toBe(true);
  const refused = start();
  await expect(refused).rejects.toMatchObject({ code: "data_dir_in_use" });
  await expect(refused).rejects.toThrow(new RegExp(`${dataDir}.*DATA_DIR.*DATABASE_URL`));
  await owner.stop();
  expect((await start()).started).toBe(true);
});

test("of two that start at once on an empty folder one gets it", async () => {
  const owners = await Promise.all([spawnOwner(dataDir), spawnOwner(dataDir)]);
  expect(owners.filter((owner) => owner.said.url)).toHaveLength(1);
  expect(owners.filter((owner) => owner.said.code === "data_dir_in_use")).toHaveLength(1);
  for (const owner of owners) if (owner.said.url) await owner.stop();
  expect((await readdir(dataDir)).filter((name) => name.startsWith("postgres.init-"))).toEqual([]);
});

test("the server that a killed process left behind is taken over and stopped", async () => {
  const owner = await spawnOwner(dataDir);
  await query(owner.said.url ?? "", "CREATE TABLE kept AS SELECT 1 AS number");
  const pid = await serverPid();
  await owner.kill();
  expect(await runs(pid)).toBe(true);

  const adopted = await start();
  expect(adopted).toMatchObject({ started: false, url: owner.said.url });
  expect(await query(adopted.url, "SELECT number FROM kept")).toEqual([[1]]);
  const refused = await spawnOwner(dataDir);
  expect(refused.said.code).toBe("data_dir_in_use");
  await adopted.stop();
  expect(await runs(pid)).toBe(false);
});

test("a Ctrl-C for the whole foreground group leaves the server running until it is stopped", async () => {
  const owner = await spawnOwner(dataDir);
  process.kill(-(owner.process.pid ?? Number.NaN), "SIGINT");
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await query(owner.said.url ?? "", "SELECT 1")).toEqual([[1]]);
  await owner.stop();
});

test("after a crash of the server the loss is logged, and the next start repairs the data", async () => {
  const first = await start();
  await query(first.url, "CREATE TABLE kept AS SELECT 1 AS number");
  process.kill(await serverPid(), "SIGKILL");
  await expect.poll(() => logged.join()).toContain("ended unexpectedly");
  await first.stop();
  const second = await start();
  expect(await query(second.url, "SELECT number FROM kept")).toEqual([[1]]);
});

test("a lost guarding connection is logged and taken again", async () => {
  const { url } = await start();
  await query(
    url,
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'onbehalf: guards%'",
  );
  await expect.poll(() => logged.join(), { timeout: 5000 }).toContain("guarded again");
  expect(logged[0]).toContain("was lost");
  expect((await spawnOwner(dataDir)).said.code).toBe("data_dir_in_use");
});

test("attaching finds the running server, and nothing when none runs", async () => {
  expect(await attachEmbedded({ dataDir })).toBeNull();
  const { url, stop } = await start();
  expect(await attachEmbedded({ dataDir })).toEqual({ url });
  await stop();
  expect(await attachEmbedded({ dataDir })).toBeNull();
});

test("a stale note about a server whose number now belongs to another program is no obstacle", async () => {
  await (await start()).stop();
  const cluster = join(dataDir, "postgres");
  const { uid, gid } = await stat(cluster);
  const stranger = spawn("sleep", ["60"], isRoot ? { uid, gid } : {});
  await once(stranger, "spawn");
  await writeFile(join(cluster, "postmaster.pid"), `${stranger.pid}\n${cluster}\n1\n5432\n\n127.0.0.1\n0 0\nready\n`);
  await writeFile(join(dataDir, "postgres.json"), '{"url":"postgres://onbehalf:x@127.0.0.1:5432/onbehalf"}');
  expect(await attachEmbedded({ dataDir })).toBeNull();
  expect((await start()).started).toBe(true);
  stranger.kill();
});

test("what an interrupted first start left behind is removed, and what a live one is making is kept", async () => {
  const dead = join(dataDir, "postgres.init-4194999-1-abcdef");
  const namesake = join(dataDir, `postgres.init-${process.pid}-1-abcdef`);
  const live = join(dataDir, `postgres.init-${process.ppid}-1-abcdef`);
  for (const path of [dead, namesake, live]) await mkdir(join(path, "cluster"), { recursive: true });
  await start();
  expect((await readdir(dataDir)).filter((name) => name.startsWith("postgres.init-"))).toEqual([
    `postgres.init-${process.ppid}-1-abcdef`,
  ]);
});

test.runIf(isRoot)("as root it works below a folder that only root may enter", async () => {
  await chmod(folder, 0o700);
  const first = await start();
  await query(first.url, "CREATE TABLE kept AS SELECT 1 AS number");
  await first.stop();
  expect(await query((await start()).url, "SELECT number FROM kept")).toEqual([[1]]);
  expect(barriers).toEqual([expect.stringContaining("is closed to"), expect.stringContaining("is closed to")]);
});

test.runIf(isRoot)("as root a cluster that was copied and now belongs to root is handed back", async () => {
  await (await start()).stop();
  await chown(join(dataDir, "postgres"), 0, 0);
  expect((await start()).started).toBe(true);
});

test.runIf(isRoot)("as root a program that no other account can run is named, with the repair", async () => {
  const program = join(folder, "postgres");
  await writeFile(program, "#!/bin/sh\n", { mode: 0o700 });
  const options = { account: { uid: 65534, gid: 65534 }, folder, program };
  await expect(planLaunch({ log: () => {} }, options)).rejects.toMatchObject({
    code: "embedded_unreachable",
    message: expect.stringMatching(/chmod -R a\+rX/),
  });
});

test.runIf(isRoot)("it works as an ordinary account", async (context) => {
  const nobody = { uid: 65534, gid: 65534 };
  const why = whyNotRunnable(nobody);
  if (why) {
    console.log(`skipped: ${why}`);
    return context.skip(why);
  }
  await mkdir(dataDir, { mode: 0o700 });
  await chown(dataDir, nobody.uid, nobody.gid);
  const owner = await spawnOwner(dataDir, nobody);
  expect(owner.said).toMatchObject({ started: true });
  const pid = await serverPid();
  await owner.stop();
  expect(await runs(pid)).toBe(false);
  expect((await stat(join(dataDir, "postgres"))).uid).toBe(nobody.uid);
  // and nothing of root's gets into another account's way, nor the other way round
  await (await start()).stop();
  const again = await spawnOwner(dataDir, { uid: 65533, gid: 65533 });
  expect(again.said.code).toBe("embedded_unreachable");
});

test("a server that can't start says why", async () => {
  await expect(start({ settings: { shared_buffers: "nonsense" } })).rejects.toMatchObject({
    code: "embedded_failed",
    message: expect.stringMatching(/shared_buffers.*DATABASE_URL/s),
  });
});
