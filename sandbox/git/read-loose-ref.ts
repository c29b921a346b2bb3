import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isObjectId } from "./ref-name.ts";

/** What a ref points to that lies in a file of its own; null when git itself has to look: packed, symbolic, or none. */
export function readLooseRef(repositoryPath: string, name: string): string | null {
  try {
    const text = readFileSync(join(repositoryPath, name), "utf8").trim();
    return isObjectId(text) ? text : null;
  } catch {
    return null;
  }
}
