import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createCluster } from "../../src/store/embedded/create-cluster.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "onbehalf-cluster-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a link that another program of PostgreSQL's account leaves in its folder is not followed", async () => {
  const precious = join(folder, "precious");
  await writeFile(precious, "untouched");
  const initdb = join(folder, "initdb");
  await writeFile(initdb, `#!/bin/sh\nln -s ${precious} "$2/onbehalf.password"\n`);
  await chmod(initdb, 0o755);
  const made = createCluster(
    { binaries: { initdb, pg_ctl: "", postgres: "" }, launch: { account: null, prefix: [] } },
    { dataDir: folder, clusterDir: join(folder, "postgres"), sync: false },
  );
  await expect(made).rejects.toMatchObject({ code: "embedded_failed" });
  expect(await readFile(precious, "utf8")).toBe("untouched");
});
