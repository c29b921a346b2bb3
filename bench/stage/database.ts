import { makeFolder } from "../../demo/folder.ts";
import { startEmbedded } from "../../src/store/embedded/start-embedded.ts";
import { migrate } from "../../src/store/migrate.ts";
import type { BenchDeps } from "../benchmarks.ts";

/** Does something with a PostgreSQL of its own, migrated and empty, which is as durable as onbehalf's always is. */
export async function withDatabase<Result>(
  { progress, signal }: BenchDeps,
  work: (place: { url: string; folder: string; github: string }) => Promise<Result>,
): Promise<Result> {
  const folder = await makeFolder();
  try {
    const database = await startEmbedded({ log: () => {} }, { dataDir: folder.data });
    try {
      signal.throwIfAborted();
      await migrate({ url: database.url });
      return await work({ url: database.url, folder: folder.path, github: folder.github });
    } finally {
      await database.stop().catch((error) => progress(`PostgreSQL did not stop cleanly: ${error}`));
    }
  } finally {
    await folder.remove({ keepLog: false });
  }
}
