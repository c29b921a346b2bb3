import { randomBytes } from "node:crypto";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { startEmbedded } from "../../src/store/embedded/start-embedded.ts";
import { migrate } from "../../src/store/migrate.ts";
import { findChromium } from "./chromium.ts";
import { discardServer } from "./discard-server.ts";
import { ghInstalled } from "./gh-client.ts";
import { nginxInstalled, postgresPrograms } from "./programs.ts";
import { makeRunFolder } from "./run-folder.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** A PostgreSQL to make databases on, and the name of the migrated database that they are cloned from. */
    postgres: { url: string; template: string };
  }
}

/** One PostgreSQL for the whole run: TEST_DATABASE_URL, else an embedded one in the run's folder. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  requireClients();
  const folder = await makeRunFolder();
  // For the processes that run the tests, and for those that they start.
  process.env.TMPDIR = folder.files;
  process.env.NODE_COMPILE_CACHE = join(folder.path, "compiled");
  const discard = () => discardServer(folder.path);
  process.once("exit", discard);
  const server = await testServer(folder.path);
  const stop = async () => {
    await server.stop();
    process.off("exit", discard);
    discard();
  };
  const template = `onbehalf_template_${randomBytes(4).toString("hex")}`;
  try {
    await query(server.url, `CREATE DATABASE ${template}`);
    const url = new URL(server.url);
    url.pathname = `/${template}`;
    await migrate({ url: url.href });
  } catch (error) {
    await stop();
    throw error;
  }
  project.provide("postgres", { url: server.url, template });
  return async () => {
    try {
      await query(server.url, `DROP DATABASE IF EXISTS ${template} WITH (FORCE)`);
    } finally {
      await stop();
    }
  };
}

/** Tests with a program are skipped where it is missing, and it is said; with REQUIRE_CLIENTS, as in CI, none is. */
function requireClients(): void {
  const missing = [
    !ghInstalled && "gh, GitHub's command line, or openssl is not installed: `apt-get install gh openssl` brings them",
    !nginxInstalled && "nginx is not installed: `apt-get install nginx-light` brings it",
    !postgresPrograms && "pg_dump and its PostgreSQL are not installed: `apt-get install postgresql` brings them",
    !findChromium() && "no Chromium is installed: `apt-get install chromium` brings one, or CHROMIUM names its program",
  ].filter((how) => how !== false);
  for (const how of missing) {
    if (process.env.REQUIRE_CLIENTS) throw new Error(`${how}.`);
    console.error(`${how}. The tests with it are skipped.`);
  }
}

async function testServer(dataDir: string): Promise<{ url: string; stop(): Promise<void> }> {
  const given = process.env.TEST_DATABASE_URL;
  if (given) return { url: given, stop: async () => {} };
  const settings = { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: "300" };
  return startEmbedded({ log: console.error }, { dataDir, settings });
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
