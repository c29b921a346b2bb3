import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findLeaks, type Place } from "./leak-search.ts";

/** A process that has a secret in its arguments or its environment. */
export interface Knowing {
  pid: number;
  /** Its program, without the folder. */
  program: string;
  where: "arguments" | "environment";
}

/** Looks through all processes of this machine that we may look into. */
export function processesWith(secrets: readonly string[]): Knowing[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const read = (file: string) => {
      try {
        return readFileSync(`/proc/${pid}/${file}`, "latin1");
      } catch {
        return ""; // it has ended meanwhile, or is somebody else's
      }
    };
    const found = [
      ["arguments", read("cmdline")],
      ["environment", read("environ")],
    ] as const;
    return found.flatMap(([where, text]) =>
      findLeaks([{ place: where, text }], secrets).length > 0
        ? { pid: Number(pid), program: read("comm").trim(), where }
        : [],
    );
  });
}

/** Every file below a folder, as text. */
export function filesIn(folder: string): Place[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .flatMap(({ parentPath, name }) => {
      const path = join(parentPath, name);
      try {
        return { place: path, text: readFileSync(path, "latin1") };
      } catch {
        return []; // it has gone meanwhile
      }
    });
}
