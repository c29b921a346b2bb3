import { lchown, lstat, readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Binaries } from "./binaries.ts";
import { createCluster } from "./create-cluster.ts";
import { type Account, databaseAccount } from "./database-account.ts";
import { EmbeddedError } from "./embedded-error.ts";
import { type Launch, planLaunch } from "./unprivileged.ts";

/** Sees to it that there is a cluster that PostgreSQL can run on, and says how to run it. */
export async function prepareCluster(
  deps: { log: (line: string) => void; binaries: Binaries },
  options: { dataDir: string; clusterDir: string; sync: boolean },
): Promise<Launch> {
  const account = await databaseAccount(options);
  const launch = await planLaunch(deps, { account, folder: options.dataDir, program: deps.binaries.postgres });
  if (!(await exists(join(options.clusterDir, "PG_VERSION")))) {
    await createCluster({ binaries: deps.binaries, launch }, options);
  } else if (account && (await stat(options.clusterDir)).uid !== account.uid) {
    // Such as a folder that root has copied or restored.
    await giveTo(account, options.clusterDir);
  }
  return launch;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") return false;
      throw new EmbeddedError(
        "embedded_unreachable",
        `Can't look into ${dirname(path)}: it belongs to another account. Run onbehalf as the account that made it, ` +
          "or set DATA_DIR to another folder, or DATABASE_URL to a PostgreSQL of your own.",
        { cause },
      );
    },
  );
}

/** The folder itself comes last: an interrupted change is then done again. Links aren't followed. */
async function giveTo(account: Account, path: string): Promise<void> {
  const found = await lstat(path);
  if (found.isSymbolicLink()) return;
  if (found.isDirectory()) {
    for (const name of await readdir(path)) await giveTo(account, join(path, name));
  }
  await lchown(path, account.uid, account.gid);
}
