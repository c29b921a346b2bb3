import { createHash, randomUUID } from "node:crypto";
import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { deflate } from "node:zlib";

const compress = promisify(deflate);

/**
 * Writes one loose object as `git hash-object -w` does (same bytes, same place, moved in whole), without a process
 * for each: a commit of many files stays fast.
 * @returns the object's id
 */
export async function writeObject(repositoryPath: string, type: "blob" | "tree" | "commit", content: Buffer) {
  const whole = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
  const oid = createHash("sha1").update(whole).digest("hex");
  const folder = join(repositoryPath, "objects", oid.slice(0, 2));
  const path = join(folder, oid.slice(2));
  const known = await stat(path).catch(() => null);
  if (known) return oid;
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `tmp_obj_${randomUUID()}`);
  await writeFile(temporary, await compress(whole, { level: 1 }), { mode: 0o444 });
  await rename(temporary, path);
  return oid;
}
