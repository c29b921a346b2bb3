import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { EmbeddedError } from "./embedded-error.ts";

export function passwordFile(clusterDir: string): string {
  return join(clusterDir, "onbehalf.password");
}

/** The superuser's password, kept inside the cluster it belongs to. */
export async function clusterPassword(clusterDir: string): Promise<string> {
  try {
    return (await readFile(passwordFile(clusterDir), "utf8")).trim();
  } catch (cause) {
    throw new EmbeddedError(
      "embedded_unreachable",
      `Can't read ${passwordFile(clusterDir)}. Run as the account that made the folder, or set DATA_DIR to another ` +
        "folder or DATABASE_URL to a PostgreSQL of your own.",
      { cause },
    );
  }
}
