import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Installation } from "./onbehalf.ts";

/** Writes the configuration into the demo's folder, where onbehalf's commands read it, for our own account only. */
export async function writeOperatorFile({ folder, environment }: Installation): Promise<void> {
  const lines = Object.entries(environment).map(([name, value]) => `${name}="${value}"\n`);
  await writeFile(join(folder, ".env"), lines.join(""), { mode: 0o600, flag: "wx" });
}
