import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EmbeddedError } from "./embedded-error.ts";

export const superuser = "onbehalf";
export const databaseName = "onbehalf";

/** The connection string of a database of the embedded server. */
export function addressOf(options: { password: string; port: number; database: string }): string {
  return `postgres://${superuser}:${encodeURIComponent(options.password)}@127.0.0.1:${options.port}/${options.database}`;
}

/** Keeps the address for commands that run beside the app; only our own account may read it. */
export async function saveAddress(dataDir: string, url: string): Promise<void> {
  const partial = `${addressFile(dataDir)}.${process.pid}`;
  await writeFile(partial, `${JSON.stringify({ url })}\n`, { mode: 0o600 });
  await rename(partial, addressFile(dataDir));
}

/** The address that was kept last, which may be stale; null when there is none. */
export async function savedAddress(dataDir: string): Promise<string | null> {
  const file = addressFile(dataDir);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && (cause.code === "ENOENT" || cause.code === "ENOTDIR")) return null;
    throw new EmbeddedError("embedded_unreachable", `Can't read ${file}. Run as the account that runs onbehalf.`, {
      cause,
    });
  }
  try {
    const saved: unknown = JSON.parse(text);
    if (typeof saved === "object" && saved && "url" in saved && typeof saved.url === "string") return saved.url;
  } catch {}
  return null;
}

export function addressFile(dataDir: string): string {
  return join(dataDir, "postgres.json");
}
