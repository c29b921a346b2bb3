import { type FileHandle, open } from "node:fs/promises";
import { SinkFailure } from "./sink-failure.ts";

/**
 * Appends lines to a file, and waits until the disk has them. It is opened each time, so that whatever moves it away
 * (logrotate) needs to tell nobody.
 * @throws SinkFailure with the system's code
 */
export async function appendLines(path: string, lines: string): Promise<void> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "a", 0o600);
    // A pipe or a terminal has no end to look at, and no disk.
    const regular = (await file.stat()).isFile();
    const cut = regular && !(await endsInLine(path));
    await file.appendFile(cut ? `\n${lines}` : lines);
    if (regular) await file.datasync();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new SinkFailure(code, { cause: error });
  } finally {
    await file?.close();
  }
}

/** Who wrote last may have died in the middle of a line, which then is nobody's beginning. */
async function endsInLine(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    if (size === 0) return true;
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer.toString() === "\n";
  } finally {
    await file.close();
  }
}
