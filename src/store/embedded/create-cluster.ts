import { randomBytes } from "node:crypto";
import { chown, mkdir, mkdtemp, open, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { superuser } from "./address.ts";
import type { Binaries } from "./binaries.ts";
import { passwordFile } from "./cluster-password.ts";
import { EmbeddedError } from "./embedded-error.ts";
import { isAlive } from "./postmaster.ts";
import { type Launch, runProgram } from "./unprivileged.ts";

const prefix = "postgres.init-";
/** Tells this process from an earlier one that had the same number, which is the rule in containers. */
const thisProcess = () => `${process.pid}-${Math.round(performance.timeOrigin)}`;

/**
 * Makes a new cluster and moves it into place whole, so that an interrupted start leaves no half-made one and of two
 * starters one wins. Its password lies inside for the same reason: the two can't be separated by a crash.
 */
export async function createCluster(
  deps: { binaries: Binaries; launch: Launch },
  options: { dataDir: string; clusterDir: string; sync: boolean },
): Promise<void> {
  await removeAbandoned(options.dataDir);
  const workshop = await mkdtemp(join(options.dataDir, `${prefix}${thisProcess()}-`));
  try {
    const cluster = join(workshop, "cluster");
    const secret = join(workshop, "password");
    const password = randomBytes(24).toString("base64url");
    await mkdir(cluster, { mode: 0o700 });
    await writeFile(secret, password, { mode: 0o600 });
    await own(deps.launch, workshop, cluster, secret);
    await runProgram(deps.launch, deps.binaries.initdb, initdbArguments({ ...options, cluster, secret }));
    await writePassword(deps.launch, passwordFile(cluster), password);
    await moveInto(cluster, options);
  } catch (cause) {
    const said = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : "";
    throw new EmbeddedError(
      "embedded_failed",
      `PostgreSQL could not make its data folder ${options.clusterDir}. ${said} ` +
        "Repair that, or set DATABASE_URL to a PostgreSQL of your own.",
      { cause },
    );
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

/**
 * The folder is PostgreSQL's by now: what another program of that account has put there, such as a link to a file of
 * ours, is neither written to nor given away.
 */
async function writePassword(launch: Launch, path: string, password: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(password);
    if (launch.account) await file.chown(launch.account.uid, launch.account.gid);
  } finally {
    await file.close();
  }
}

function initdbArguments(options: { cluster: string; secret: string; sync: boolean }): string[] {
  return [
    ...["-D", options.cluster, "-U", superuser, `--pwfile=${options.secret}`, "--auth=scram-sha-256"],
    // The builtin provider sorts by code point like C but knows letters beyond ASCII, and unlike libc's and ICU's
    // locales its order is the same on every system and never changes under an index.
    ...["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
    ...["--no-instructions", ...(options.sync ? [] : ["--no-sync"])],
  ];
}

async function moveInto(cluster: string, options: { dataDir: string; clusterDir: string; sync: boolean }) {
  try {
    await rename(cluster, options.clusterDir);
  } catch (error) {
    // Another starter was faster: its cluster is the one.
    if (error instanceof Error && "code" in error && (error.code === "ENOTEMPTY" || error.code === "EEXIST")) return;
    throw error;
  }
  if (!options.sync || process.platform === "win32") return;
  const folder = await open(options.dataDir);
  await folder.sync().finally(() => folder.close());
}

async function removeAbandoned(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith(prefix)) continue;
    const maker = name.slice(prefix.length).split("-", 2);
    const pid = Number(maker[0]);
    const abandoned = pid === process.pid ? maker.join("-") !== thisProcess() : !(pid > 0 && isAlive(pid));
    if (abandoned) await rm(join(dataDir, name), { recursive: true, force: true });
  }
}

async function own(launch: Launch, ...paths: string[]): Promise<void> {
  if (!launch.account) return;
  for (const path of paths) await chown(path, launch.account.uid, launch.account.gid);
}
