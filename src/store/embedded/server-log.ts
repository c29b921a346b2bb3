import { type FileHandle, open, stat } from "node:fs/promises";
import { join } from "node:path";

const keep = 1024 * 1024;

export interface ServerLog {
  fd: number;
  /** What the server said since this start. */
  tail(): Promise<string>;
  close(): Promise<void>;
}

/** PostgreSQL writes to a file and not to a pipe, so that it can outlive a killed app. Starts afresh at 1 MB. */
export async function openServerLog(dataDir: string): Promise<ServerLog> {
  const file = serverLogFile(dataDir);
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  const from = size > keep ? 0 : size;
  if (size > keep) await (await open(file, "w", 0o600)).close();
  const handle = await open(file, "a+", 0o600);
  return { fd: handle.fd, tail: () => read(handle, from), close: () => handle.close() };
}

async function read(handle: FileHandle, from: number): Promise<string> {
  const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(8192), position: from });
  return buffer.toString("utf8", 0, bytesRead).trim();
}

export function serverLogFile(dataDir: string): string {
  return join(dataDir, "postgres.log");
}
