import { open } from "node:fs/promises";
import type { Environment } from "../config/environment.ts";
import { Problem } from "../errors.ts";

/**
 * The pass that a program was given: in `ONBEHALF_PASS`, or in a file that nobody else may read. It never stands in an
 * argument or an address, which other programs on the machine can see.
 * @param environment the process's own, without the `.env` of a folder: that may be a repository that nobody vouches for
 * @throws Problem `key_missing`, `key_invalid`
 */
export async function readPass(environment: Environment): Promise<string> {
  const { ONBEHALF_PASS: given, ONBEHALF_PASS_FILE: path } = environment;
  if (!given && !path) {
    throw new Problem(
      "key_missing",
      "Put the pass into ONBEHALF_PASS, or the path of a file with it into ONBEHALF_PASS_FILE.",
    );
  }
  const pass = given || (await readPrivate(path ?? ""));
  if (/^obp?_[A-Za-z0-9_-]{43}$/.test(pass)) return pass;
  throw new Problem("key_invalid", "That is no pass: one looks like obp_…, and POST /api/v1/passes makes one.");
}

async function readPrivate(path: string): Promise<string> {
  const file = await open(path, "r").catch((error) => {
    throw new Problem("key_missing", `ONBEHALF_PASS_FILE can't be read: ${path}.`, { cause: error });
  });
  try {
    const { mode } = await file.stat();
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new Problem("key_invalid", `Others may read ${path}: chmod 600 it, and have another pass made.`);
    }
    return (await file.readFile("utf8")).trim();
  } finally {
    await file.close();
  }
}
