import { readFile } from "node:fs/promises";
import { join } from "node:path";

export interface Postmaster {
  pid: number;
  port: number;
  status: string;
}

/** What PostgreSQL itself notes about the server on this cluster, as far as it has been written, or null. */
export async function readPostmaster(clusterDir: string): Promise<Postmaster | null> {
  const text = await readFile(postmasterFile(clusterDir), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  const lines = text?.split("\n");
  const pid = Number(lines?.[0]);
  if (!lines || !Number.isInteger(pid) || pid <= 0) return null;
  // https://www.postgresql.org/docs/current/storage-file-layout.html: line 4 the port, line 8 the state
  return { pid, port: Number(lines[3]), status: lines[7]?.trim() ?? "starting" };
}

export function postmasterFile(clusterDir: string): string {
  return join(clusterDir, "postmaster.pid");
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/**
 * Whether the process with this number is something else than a running PostgreSQL. After a container was killed, its
 * next life hands out the same numbers again; and without an init nobody reaps a dead orphan. PostgreSQL would refuse to
 * start because the noted number is taken. Unknown (no /proc) counts as no.
 */
export async function isStranger(pid: number): Promise<boolean> {
  const line = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  const [, name, state] = line?.match(/^\d+ \((.*)\) (\S)/s) ?? [];
  return name !== undefined && (name !== "postgres" || state === "Z" || state === "X");
}
