import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import { inject } from "vitest";

/** A migrated, empty database of its own for one test or file, cloned from the run's template. */
export async function createTestDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const { url: serverUrl, template } = inject("postgres");
  const name = `onbehalf_test_${randomBytes(6).toString("hex")}`;
  await onServer(serverUrl, (client) => clone(client, { name, template }));
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () =>
      onServer(serverUrl, async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      }),
  };
}

async function clone(client: pg.Client, options: { name: string; template: string }): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(`CREATE DATABASE ${options.name} TEMPLATE ${options.template}`);
      return;
    } catch (error) {
      // object_in_use: somebody looks at the template just now, such as autovacuum
      const busy = error instanceof pg.DatabaseError && error.code === "55006";
      if (!busy || attempt === 50) throw error;
      await wait(100);
    }
  }
}

async function onServer(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await work(client).finally(() => client.end());
}
