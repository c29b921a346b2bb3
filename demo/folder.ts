import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { logName } from "./onbehalf.ts";

export interface Folder {
  path: string;
  /** The sandbox's repositories, for our own account only. */
  github: string;
  data: string;
  log: string;
  /** Removes it; what failed leaves its log behind. */
  remove(options: { keepLog: boolean }): Promise<void>;
}

/** A temporary folder for everything that the demo writes. */
export async function makeFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "onbehalf-demo-"));
  // As root PostgreSQL runs as another account, which has to pass through.
  if (process.getuid?.() === 0) await chmod(path, 0o711);
  const folder = { path, github: join(path, "github"), data: join(path, "data"), log: join(path, logName) };
  await mkdir(folder.github, { mode: 0o700 });
  return {
    ...folder,
    async remove({ keepLog }) {
      const kept = keepLog && existsSync(folder.log) ? [logName] : [];
      const names = (await readdir(path)).filter((name) => !kept.includes(name));
      for (const name of names) await rm(join(path, name), { recursive: true, force: true });
      if (kept.length === 0) await rm(path, { recursive: true, force: true });
    },
  };
}
