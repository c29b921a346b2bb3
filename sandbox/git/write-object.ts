import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { deflate, deflateSync } from "node:zlib";

const LARGE = 256 * 1024;
const compress = promisify(deflate);

/**
 * Writes one loose object as `git hash-object -w` does (same bytes, same place, moved in whole), without a process
 * for each: a commit of many files stays fast. The small calls are synchronous because each hop through the thread
 * pool costs more than the call.
 * @returns the object's id
 */
export async function writeObject(repositoryPath: string, type: "blob" | "tree" | "commit", content: Buffer) {
  const whole = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
  const oid = createHash("sha1").update(whole).digest("hex");
  const folder = join(repositoryPath, "objects", oid.slice(0, 2));
  const path = join(folder, oid.slice(2));
  if (existsSync(path)) return oid;
  const compressed = whole.length > LARGE ? await compress(whole, { level: 1 }) : deflateSync(whole, { level: 1 });
  mkdirSync(folder, { recursive: true });
  const temporary = join(folder, `tmp_obj_${randomUUID()}`);
  writeFileSync(temporary, compressed, { mode: 0o444 });
  renameSync(temporary, path);
  return oid;
}
