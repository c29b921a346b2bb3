import { constants, existsSync, readFileSync } from "node:fs";
import { access, mkdir, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseEnv } from "node:util";
import { ConfigError, type Environment } from "./environment.ts";

/** What set-up writes, and every start reads after the `.env` of the working directory. */
export function environmentFile(dataDir: string): string {
  return join(dataDir, ".env");
}

/**
 * The variables in a file; none when there is no such file.
 * @throws ConfigError when it can't be read
 */
export function readEnvironmentFile(path: string): Environment {
  try {
    return parseEnv(readFileSync(path, "utf8"));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return {};
    throw new ConfigError([`${path} can't be read (${code}): allow the account that runs onbehalf to read it.`]);
  }
}

/**
 * Finds out before an app is created whether its keys could be written.
 * @throws ConfigError when there is a file already, or the folder takes none
 */
export async function prepareEnvironmentFile(dataDir: string): Promise<void> {
  // As the embedded PostgreSQL makes it: when root starts it, it runs as another account that has to get in.
  await mkdir(dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
    .then(() => access(dataDir, constants.W_OK))
    .catch((error: NodeJS.ErrnoException) => {
      throw new ConfigError([
        `DATA_DIR is ${dataDir}, where nothing can be written (${error.code}): set-up keeps the GitHub App's keys there.`,
      ]);
    });
  const path = environmentFile(dataDir);
  if (existsSync(path)) throw exists(path);
}

/**
 * Writes the variables into a new file. Never writes over another.
 * @throws ConfigError when there is one, or it can't be written
 */
export async function writeEnvironmentFile(dataDir: string, values: Environment): Promise<void> {
  await writeSecretFile(environmentFile(dataDir), environmentText(values));
}

/**
 * Writes a new file that only its owner may read, and returns when it is on the disk.
 * @throws ConfigError when there is one, or it can't be written
 */
export async function writeSecretFile(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EEXIST" ? exists(path) : unwritable(path, error);
  });
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw unwritable(path, error);
  } finally {
    await file.close();
  }
  await syncFolder(dirname(path));
}

function environmentText(values: Environment): string {
  const lines = Object.entries(values).map(([name, value = ""]) => {
    // What needs no quotes is read alike by Node, Docker, systemd and shells.
    if (/^[\w./:@+=,-]*$/.test(value)) return `${name}=${value}\n`;
    if (/["\\\r\n]/.test(value)) throw new Error(`${name} can't be written on a line`);
    return `${name}="${value}"\n`;
  });
  return `# Written by onbehalf's set-up. Keep it secret, and back it up: without ENCRYPTION_KEYS no stored token opens.\n${lines.join("")}`;
}

function exists(path: string): ConfigError {
  return new ConfigError([
    `${path} exists already, and set-up never writes over it: complete it by hand (.env.example says how), or move it away.`,
  ]);
}

function unwritable(path: string, error: unknown): ConfigError {
  const code = error instanceof Error && "code" in error ? ` (${error.code})` : "";
  return new ConfigError([`${path} can't be written${code}: make room or allow it, then try again.`]);
}

/** The file's name is in its folder: without this a power cut could lose it. Not every system can. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => null);
  await folder?.sync().catch(() => {});
  await folder?.close();
}
