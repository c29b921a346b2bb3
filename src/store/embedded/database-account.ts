import { readFile, stat } from "node:fs/promises";
import { EmbeddedError } from "./embedded-error.ts";

export interface Account {
  uid: number;
  gid: number;
}

/**
 * The account that PostgreSQL has to run as, or null to run as ourselves.
 *
 * PostgreSQL refuses to run as root. An existing cluster keeps its owner, because PostgreSQL also refuses a data folder
 * of somebody else's, and an account `postgres` may have been installed after the cluster was made as `nobody`.
 */
export async function databaseAccount(options: { clusterDir: string }): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  const owner = await stat(options.clusterDir).catch(() => null);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const passwd = await readFile("/etc/passwd", "utf8").catch(() => "");
  for (const name of ["postgres", "nobody"]) {
    const account = accountIn(passwd, name);
    if (account) return account;
  }
  throw new EmbeddedError(
    "embedded_unavailable",
    "PostgreSQL does not run as root, and this system has neither an account `postgres` nor `nobody`. " +
      "Run onbehalf as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.",
  );
}

function accountIn(passwd: string, name: string): Account | null {
  const fields = passwd
    .split("\n")
    .find((line) => line.startsWith(`${name}:`))
    ?.split(":");
  const uid = Number(fields?.[2]);
  const gid = Number(fields?.[3]);
  return Number.isInteger(uid) && Number.isInteger(gid) && uid > 0 ? { uid, gid } : null;
}
