import { rm } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { EmbeddedError } from "./embedded-error.ts";
import { isAlive, isStranger, type Postmaster, postmasterFile, readPostmaster } from "./postmaster.ts";

const patience = 60_000;

/** The server that runs on the cluster, once it takes connections; null when none runs. Waits for one that is stopping. */
export async function runningServer(options: { clusterDir: string }): Promise<Postmaster | null> {
  const until = Date.now() + patience;
  while (Date.now() < until) {
    const postmaster = await readPostmaster(options.clusterDir);
    if (!postmaster || !isAlive(postmaster.pid)) return null;
    if (await isStranger(postmaster.pid)) return null;
    if (postmaster.status === "ready") return postmaster;
    await wait(20);
  }
  throw new EmbeddedError(
    "embedded_failed",
    `The PostgreSQL on ${options.clusterDir} has been starting or stopping for ${patience / 1000} s. See its log beside ` +
      "that folder (postgres.log); after a crash, replaying can take long: then try again later.",
  );
}

/** Removes PostgreSQL's note about a server that is gone, where its number now belongs to another program. */
export async function removeStaleNote(options: { clusterDir: string }): Promise<void> {
  const postmaster = await readPostmaster(options.clusterDir);
  if (postmaster && isAlive(postmaster.pid) && (await isStranger(postmaster.pid))) {
    await rm(postmasterFile(options.clusterDir), { force: true });
  }
}
