import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Whether nginx is on this machine. */
export const nginxInstalled = spawnSync("nginx", ["-v"]).status === 0;

const debian = "/usr/lib/postgresql";

/** Where this machine has a PostgreSQL with its `pg_dump`, which takes none of a newer server; null: nowhere. */
export const postgresPrograms = programsOf();

function programsOf(): string | null {
  const versions = spawnSync("ls", [debian]).status === 0 ? readdirSync(debian) : [];
  const found = versions
    .toSorted((one, other) => Number(other) - Number(one))
    .map((version) => join(debian, version, "bin"))
    .find((bin) => ["initdb", "pg_dump"].every((name) => spawnSync(join(bin, name), ["--version"]).status === 0));
  return found ?? null;
}
