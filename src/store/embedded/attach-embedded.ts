import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { savedAddress } from "./address.ts";
import { runningServer } from "./running-server.ts";

/** The address of the PostgreSQL that runs on `dataDir`, or null when none does. Starts nothing and takes no lock. */
export async function attachEmbedded(options: { dataDir: string }): Promise<{ url: string } | null> {
  const dataDir = await realpath(options.dataDir).catch(() => null);
  const url = dataDir && (await savedAddress(dataDir));
  if (!url) return null;
  const running = await runningServer({ clusterDir: join(dataDir, "postgres") });
  // The kept address may be of an earlier start. Comparing spares us from offering the password to a stranger there.
  return running && new URL(url).port === String(running.port) ? { url } : null;
}
