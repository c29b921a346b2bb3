import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Environment, StorageConfig } from "../../config/read-config.ts";
import { type Finding, failure, ok, warning } from "./finding.ts";

/** The folder for the embedded PostgreSQL and what set-up wrote. */
export async function checkDataFolder(storage: StorageConfig): Promise<Finding> {
  const { dataDir, databaseUrl } = storage;
  const found = await stat(dataDir).catch(() => null);
  if (!found) {
    const says = `The folder ${dataDir} doesn't exist yet.`;
    if (databaseUrl) return ok(`${says} It isn't needed: DATABASE_URL is set.`);
    return warning(says, "The first start makes it; set DATA_DIR if it belongs elsewhere.");
  }
  if (!found.isDirectory()) {
    return failure(`${dataDir} is no folder.`, "Set DATA_DIR to a folder that this account may write to.");
  }
  const usable = await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!usable) {
    const repair = "Run as the account that runs onbehalf, or set DATA_DIR to another folder.";
    return failure(`This account can't read or write the folder ${dataDir}.`, repair);
  }
  // Others may pass through: PostgreSQL runs as another account where onbehalf runs as root.
  if (openTo(found.mode, 0o066)) {
    return warning(`Other accounts can look into ${dataDir}.`, `Run: chmod go-rw ${dataDir}`);
  }
  return ok(`The folder ${dataDir} is ours alone.`);
}

/** Files with secrets are for this account alone. */
export async function checkSecretFiles(place: {
  environment: Environment;
  storage: StorageConfig;
  folder: string;
}): Promise<Finding> {
  const { environment, storage, folder } = place;
  const { PRIVATE_KEY_PATH, GITHUB_LITE_PRIVATE_KEY_PATH, ENCRYPTION_KEYS_FILE } = environment;
  const named = [PRIVATE_KEY_PATH, GITHUB_LITE_PRIVATE_KEY_PATH, ENCRYPTION_KEYS_FILE].flatMap((path) => path || []);
  const own = [join(folder, ".env"), join(storage.dataDir, ".env"), join(storage.dataDir, "postgres.json")];
  const files = await Promise.all(
    [...new Set([...own, ...named])].map(async (path) => ({ path, mode: (await stat(path).catch(() => null))?.mode })),
  );
  const known = files.flatMap(({ path, mode }) => (mode === undefined ? [] : [{ path, mode }]));
  const open = known.filter(({ mode }) => openTo(mode, 0o077));
  if (open.length > 0) {
    const shown = open.map(({ path, mode }) => `${path} (${(mode & 0o777).toString(8)})`).join(", ");
    const repair = `Run: chmod 600 ${open.map(({ path }) => path).join(" ")}`;
    return warning(`Other accounts may use these files with secrets: ${shown}.`, repair);
  }
  if (known.length === 0) return ok("There are no files with secrets.");
  return ok(`For this account alone: ${known.map(({ path }) => path).join(", ")}.`);
}

/** Windows has no such modes. */
function openTo(mode: number, bits: number): boolean {
  return process.platform !== "win32" && (mode & bits) !== 0;
}
