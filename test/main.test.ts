import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type Sandbox, startSandbox } from "../sandbox/index.ts";
import { generateMasterKey } from "../src/crypto/keyring.ts";
import { attachEmbedded } from "../src/store/embedded/attach-embedded.ts";
import { freePort } from "../src/store/embedded/free-port.ts";
import { programEnvironment } from "./harness/program-environment.ts";

// It starts real processes, and PostgreSQL with them.
vi.setConfig({ testTimeout: 90_000 });

const entry = fileURLToPath(new URL("../src/main.ts", import.meta.url));
let folder: string;
let dataDir: string;
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "onbehalf-main-"));
  await chmod(folder, 0o711); // as root the server runs as another account, which has to get in
  dataDir = join(folder, "data");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function startProgram(changes: Record<string, string> = {}): Promise<{ child: ChildProcess; said: string[] }> {
  const child = spawn(process.execPath, [entry, "start"], {
    cwd: folder,
    env: {
      ...programEnvironment(),
      DATA_DIR: dataDir,
      PORT: String(await freePort()),
      ENCRYPTION_KEYS: generateMasterKey(),
      GITHUB_URL: sandbox.webUrl,
      GITHUB_API_URL: sandbox.apiUrl,
      APP_ID: String(sandbox.app.id),
      PRIVATE_KEY: sandbox.app.privateKey,
      WEBHOOK_SECRET: sandbox.app.webhookSecret,
      GITHUB_CLIENT_ID: sandbox.app.clientId,
      GITHUB_CLIENT_SECRET: sandbox.app.clientSecret,
      ...changes,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => said.push(text));
  }
  return { child, said };
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await wait(10);
}

test("a signal stops the server and the embedded PostgreSQL in order", async () => {
  const { child, said } = await startProgram();
  await until(() => said.join("").includes("onbehalf is listening"));
  expect(await attachEmbedded({ dataDir })).not.toBeNull();
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(await attachEmbedded({ dataDir })).toBeNull();
  // Nothing to warn of, such as connections that PostgreSQL ended.
  expect(said.join("")).not.toMatch(/"level":[456]0/);
});

test("a signal during the start leaves no PostgreSQL running and nothing half made", async () => {
  const { child } = await startProgram();
  // initdb is at work.
  await until(() => existsSync(dataDir));
  await until(async () => (await readdir(dataDir)).length > 0);
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(await attachEmbedded({ dataDir })).toBeNull();
  expect((await readdir(dataDir)).filter((name) => name.includes(".init-"))).toEqual([]);
});

test("a start that fails says why in a sentence and stops what it began", async () => {
  const { child, said } = await startProgram({ GITHUB_CLIENT_ID: "", PORT: "http" });
  expect(await once(child, "exit")).toEqual([1, null]);
  expect(said.join("")).toContain('The configuration has 2 faults:\n- PORT is "http"');
  expect(said.join("")).not.toMatch(/^ +at /m);
});
