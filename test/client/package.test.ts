import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

test("what the package gives out is built, and works where Node strips no types", async () => {
  const folder = await mkdtemp(join(tmpdir(), "onbehalf-built-"));
  try {
    const dist = join(folder, "dist");
    await run(process.execPath, [
      join(root, "node_modules/typescript/bin/tsc"),
      "-p",
      join(root, "tsconfig.build.json"),
      "--outDir",
      dist,
    ]);
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    const { exports } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    const built = exports["./client"].default.replace("./dist", dist);
    const program = `const { createClient } = await import(${JSON.stringify(built)});
      console.log(typeof createClient({ url: "http://127.0.0.1:9", key: "x" }).as("gh.1").commit);`;
    const { stdout } = await run(process.execPath, ["--no-strip-types", "--input-type=module", "-e", program]);
    expect(stdout.trim()).toBe("function");
    expect(await readFile(exports["./client"].types.replace("./dist", dist), "utf8")).toContain("createClient");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
