import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { ConfigError } from "../../config/environment.ts";
import { writeSecretFile } from "../../config/environment-file.ts";
import type { CreatedApp } from "./create-github-app.ts";

const shape = z.object({
  name: z.string(),
  owner: z.object({ id: z.number(), login: z.string(), isOrganization: z.boolean() }),
  installUrl: z.string(),
  environment: z.record(z.string(), z.string()),
});

/**
 * Keeps an app whose first admin is not known yet: GitHub tells its keys once, and a process can end at any time.
 * @throws ConfigError when it can't be written, or there is another one
 */
export async function keepUnfinished(dataDir: string, app: CreatedApp): Promise<void> {
  await writeSecretFile(path(dataDir), `${JSON.stringify(app, null, 2)}\n`);
}

/**
 * The app of a set-up that was interrupted, if there is one.
 * @throws ConfigError when it can't be understood
 */
export async function readUnfinished(dataDir: string): Promise<CreatedApp | null> {
  const text = await readFile(path(dataDir), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return null;
  try {
    return shape.parse(JSON.parse(text));
  } catch {
    // No cause: what could not be understood holds secrets.
    throw new ConfigError([
      `${path(dataDir)} is of an interrupted set-up and can't be understood: delete it, and the GitHub App that it was for.`,
    ]);
  }
}

/** Removes what the finished set-up has no need of any more. */
export async function forgetUnfinished(dataDir: string): Promise<void> {
  await rm(path(dataDir), { force: true });
}

function path(dataDir: string): string {
  return join(dataDir, "setup-unfinished.json");
}
