import { readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";

/**
 * Does something while another process's memory is watched.
 * @returns by how much it grew at most, in bytes; null where the system has no /proc
 */
export async function growthWhile(pid: number, work: () => Promise<void>): Promise<number | null> {
  const before = await rss(pid);
  if (before === null) {
    await work();
    return null;
  }
  const done = new AbortController();
  const watch = async () => {
    let most = before;
    while (!done.signal.aborted) {
      most = Math.max(most, (await rss(pid)) ?? 0);
      await wait(20);
    }
    return most;
  };
  const watching = watch();
  await work().finally(() => done.abort());
  return (await watching) - before;
}

/** A process's memory, in bytes; null where the system has no /proc. */
export async function rss(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}
