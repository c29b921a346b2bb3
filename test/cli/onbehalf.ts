import { spawn } from "node:child_process";
import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { programEnvironment } from "../harness/program-environment.ts";

export const entry = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

export interface Outcome {
  code: number | null;
  out: string;
  err: string;
}

/** A folder where a user could stand, with nothing in it. */
export async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "onbehalf-cli-"));
  await chmod(folder, 0o711); // as root the embedded server runs as another account, which has to get in
  return folder;
}

/** Runs a command as a user does: a process of its own, with these variables and no others of ours. */
export async function onbehalf(
  args: string[],
  options: { env?: Record<string, string | undefined>; cwd: string },
): Promise<Outcome> {
  const child = spawn(process.execPath, [entry, ...args], {
    cwd: options.cwd,
    env: { ...programEnvironment(), ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once("close", resolve)),
  ]);
  return { code, out, err };
}

/** Each line of an output, without the empty one after the last line break. */
export function linesOf(output: string): string[] {
  return output.split("\n").slice(0, -1);
}
