import { randomBytes } from "node:crypto";
import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { startEmbedded } from "../../src/store/embedded/start-embedded.ts";
import { migrate } from "../../src/store/migrate.ts";
import { discardAbandoned, discardServer, folderPrefix } from "./discard-server.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** A PostgreSQL to make databases on, and the name of the migrated database that they are cloned from. */
    postgres: { url: string; template: string };
  }
}

/** One PostgreSQL for the whole run: TEST_DATABASE_URL, else an embedded one in a temporary folder. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await testServer();
  const template = `onbehalf_template_${randomBytes(4).toString("hex")}`;
  try {
    await query(server.url, `CREATE DATABASE ${template}`);
    const url = new URL(server.url);
    url.pathname = `/${template}`;
    await migrate({ url: url.href });
  } catch (error) {
    await server.stop();
    throw error;
  }
  project.provide("postgres", { url: server.url, template });
  return async () => {
    try {
      await query(server.url, `DROP DATABASE IF EXISTS ${template} WITH (FORCE)`);
    } finally {
      await server.stop();
    }
  };
}

async function testServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const given = process.env.TEST_DATABASE_URL;
  if (given) return { url: given, stop: async () => {} };
  discardAbandoned();
  const dataDir = await mkdtemp(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  await chmod(dataDir, 0o711); // as root the server runs as another account, which has to get in
  const discard = () => discardServer(dataDir);
  process.once("exit", discard);
  const settings = { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: "300" };
  const embedded = await startEmbedded({ log: console.error }, { dataDir, settings });
  const stop = async () => {
    await embedded.stop();
    process.off("exit", discard);
    discard();
  };
  return { url: embedded.url, stop };
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
