import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { emptyFolder, runProgram } from "../harness/program.ts";

vi.setConfig({ testTimeout: 60_000 });

let folder: Awaited<ReturnType<typeof emptyFolder>>;
beforeEach(async () => {
  folder = await emptyFolder();
});
afterEach(() => folder.remove());

async function refused(environment: Record<string, string>): Promise<string> {
  const program = runProgram(["start"], { folder: folder.path, environment: { PORT: "0", ...environment } });
  expect(await program.ended).toBe(1);
  expect(program.output()).not.toMatch(/^ +at /m);
  return program.output();
}

test("with some of the GitHub App's variables the start stops and names the missing ones", async () => {
  const output = await refused({ APP_ID: "1", GITHUB_CLIENT_ID: "Iv1" });
  for (const name of ["PRIVATE_KEY", "WEBHOOK_SECRET", "GITHUB_CLIENT_SECRET", "ENCRYPTION_KEYS"]) {
    expect(output).toContain(`${name} `);
  }
  expect(output).not.toContain("/setup");
  expect(existsSync(join(folder.path, "data"))).toBe(false);
});

test("a file in DATA_DIR that has no GitHub App stops it, and stays as it is", async () => {
  await mkdir(join(folder.path, "data"));
  await writeFile(join(folder.path, "data/.env"), "LOG_LEVEL=warn\n");
  expect(await refused({})).toContain("data/.env exists already, and set-up never writes over it");
  expect(await readFile(join(folder.path, "data/.env"), "utf8")).toBe("LOG_LEVEL=warn\n");
});

test("the environment goes before .env, and that before DATA_DIR/.env", async () => {
  await writeFile(join(folder.path, ".env"), "DATA_DIR=elsewhere\nSIGN_IN=second\nLOG_LEVEL=second\n");
  await mkdir(join(folder.path, "elsewhere"));
  await writeFile(join(folder.path, "elsewhere/.env"), "APP_ID=third\nSIGN_IN=third\nLOG_LEVEL=third\n");
  const output = await refused({ LOG_LEVEL: "first" });
  for (const words of ['LOG_LEVEL is "first"', 'SIGN_IN is "second"', 'APP_ID is "third"']) {
    expect(output).toContain(words);
  }
});

test("a port that is taken is said in a sentence", async () => {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const address = holder.address();
  const PORT = String(typeof address === "object" && address ? address.port : 0);
  expect(await refused({ PORT })).toMatch(/^onbehalf can't listen there \(.*EADDRINUSE.*\): set HOST and PORT/m);
  holder.close();
});

test("a signal during set-up ends it in order, and nothing is left behind", async () => {
  const program = runProgram(["start"], { folder: folder.path, environment: { PORT: "0" } });
  await program.says(/\/setup\?token=/);
  expect(await program.stop()).toBe(0);
  expect(existsSync(join(folder.path, "data/.env"))).toBe(false);
});
