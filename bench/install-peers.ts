import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { BenchError } from "./bench-error.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));
const manifest = z.object({ dependencies: z.record(z.string(), z.string()) });
const installed = z.object({ version: z.string() });

/**
 * Installs what onbehalf is compared with, unless exactly that lies there already.
 * @throws BenchError when npm can't
 */
export async function installPeers({ progress }: { progress: (line: string) => void }): Promise<void> {
  const missing = await missingPeers();
  if (missing.length === 0) return;
  progress(`Installing ${missing.join(", ")} in bench/ (once).`);
  // A relative prefix needs no quoting for a shell.
  const npm = spawn("npm", ["ci", "--prefix", ".", "--prefer-offline", "--fetch-retries=1"], {
    cwd: folder,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  const status = await once(npm, "exit").then(
    ([code]) => code,
    (error: unknown) => error,
  );
  if (status === 0) return;
  throw new BenchError(
    "What onbehalf is compared with could not be installed: npm says above why. Without a network that can't work: " +
      "run `npm ci --prefix bench` once while there is one; later runs need none.",
  );
}

async function missingPeers(): Promise<string[]> {
  const { dependencies } = manifest.parse(JSON.parse(await readFile(join(folder, "package.json"), "utf8")));
  const checked = Object.entries(dependencies).map(async ([name, version]) => {
    const there = await installedVersion(join(folder, "node_modules", name, "package.json"));
    return there === version ? [] : [`${name} ${version}`];
  });
  return (await Promise.all(checked)).flat();
}

/** Null: there is none, or an interrupted installation left something else. */
async function installedVersion(file: string): Promise<string | null> {
  try {
    return installed.parse(JSON.parse(await readFile(file, "utf8"))).version;
  } catch {
    return null;
  }
}
