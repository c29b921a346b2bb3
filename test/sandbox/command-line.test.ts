import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { programEnvironment } from "../harness/program-environment.ts";

vi.setConfig({ testTimeout: 60_000 }); // each is a process

const entry = fileURLToPath(new URL("../../sandbox/main.ts", import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sandbox-command-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** The command, with its temporary files in a folder of the test. */
async function run(...args: string[]) {
  const env = { ...programEnvironment(), TMPDIR: folder };
  const child = spawn(process.execPath, [entry, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said.err += text;
  });
  await once(child, "close");
  return { ...said, code: child.exitCode };
}

test("--help names every option", async () => {
  const { code, out, err } = await run("--help");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  for (const option of ["--port", "--data", "--callback", "--webhook", "--lite", "--no-app"])
    expect(out).toContain(option);
});

test.each([
  [["--bogus"], /^Unknown option '--bogus'/],
  [["--port", "http"], /^--port is "http": give a number/],
])("%s is refused in a sentence", async (args, sentence) => {
  const { code, out, err } = await run(...args);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(sentence);
  expect(err).not.toMatch(/\n\s+at /);
});

test("a port that somebody has is said in a sentence, and no folder is left behind", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const { code, err } = await run("--port", String(port));
  expect(code).toBe(1);
  expect(err).toBe(`The sandbox can't listen on port ${port} (EADDRINUSE): give another with --port.\n`);
  expect(await readdir(folder)).toEqual([]);
  other.close();
});
