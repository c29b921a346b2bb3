import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { z } from "zod";

/** The version of onbehalf that runs, as its package has it. */
export function ownVersion(): string {
  const file = findPackageJSON(import.meta.url);
  return file ? z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, "utf8"))).version : "unknown";
}
