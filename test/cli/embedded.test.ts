import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { attachEmbedded } from "../../src/store/embedded/attach-embedded.ts";
import { isAlive, readPostmaster } from "../../src/store/embedded/postmaster.ts";
import { needed } from "../config/environment.ts";
import { programEnvironment } from "../harness/program-environment.ts";
import { emptyFolder, entry, linesOf, onbehalf } from "./onbehalf.ts";

vi.setConfig({ testTimeout: 120_000 });

let folder: string;
let dataDir: string;

beforeEach(async () => {
  folder = await emptyFolder();
  dataDir = join(folder, "data");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]) => onbehalf(args, { cwd: folder, env: { DATA_DIR: dataDir } });

interface App {
  url: string;
  /** Ends as a signal does, with the exit code. */
  stop(): Promise<unknown>;
}

/** The server, with its database in the folder. */
async function startApp(): Promise<App> {
  const child = spawn(process.execPath, [entry, "start"], {
    cwd: folder,
    env: { ...programEnvironment(), ...needed, DATA_DIR: dataDir, PORT: "0", PUBLIC_URL: "http://127.0.0.1:3000" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout })) {
    const { address } = JSON.parse(line);
    if (!address) continue;
    child.stdout.resume();
    return {
      url: address,
      async stop() {
        child.kill("SIGTERM");
        const [code] = await exited;
        return code;
      },
    };
  }
  throw new Error("the server ended");
}

/** What the API says about a key, which nobody delegated anything to. */
async function said(app: App, key: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${key}` };
  const answer = await fetch(`${app.url}/api/v1/users/gh.1/git-identity`, { headers });
  const { code } = Object(await answer.json());
  return code;
}

test("beside a running server a command uses its database, and the server obeys at once", async () => {
  const app = await startApp();
  const created = await run("bots", "create", "deploy-bot");
  expect(created).toMatchObject({ code: 0, err: "" });
  expect(linesOf(created.out)).toEqual([expect.stringMatching(/^ob_/)]);
  const key = created.out.trim();
  expect(await said(app, key)).toBe("user_not_found");
  expect(await run("bots", "revoke", "deploy-bot")).toMatchObject({ code: 0 });
  expect(await said(app, key)).toBe("key_invalid");
  const { out } = await run("audit", "--json");
  expect(linesOf(out).map((line) => JSON.parse(line).action)).toEqual(["bot.create", "bot.revoke"]);
  // The server and its PostgreSQL outlive the commands.
  expect(await attachEmbedded({ dataDir })).not.toBeNull();
  expect(await app.stop()).toBe(0);
});

test("a second server on the folder is refused in words that help, and the first one goes on", async () => {
  const app = await startApp();
  const env = { ...needed, DATA_DIR: dataDir, PORT: "0" };
  const second = await onbehalf(["start"], { cwd: folder, env });
  expect(second.code).toBe(1);
  expect(second.err).toMatch(new RegExp(`^Another onbehalf runs on the folder ${dataDir}.*DATA_DIR.*DATABASE_URL`));
  expect(second.err).not.toMatch(/^ +at /m);
  expect((await fetch(`${app.url}/readyz`)).status).toBe(200);

  const pid = (await readPostmaster(join(dataDir, "postgres")))?.pid ?? 0;
  expect(await app.stop()).toBe(0);
  expect(isAlive(pid)).toBe(false);
  expect(await attachEmbedded({ dataDir })).toBeNull();
});

test("without a server each command starts the database for itself, keeps what it wrote, and leaves none running", async () => {
  const migrated = await run("migrate", "--json");
  expect(migrated).toMatchObject({ code: 0, err: "" });
  expect(JSON.parse(migrated.out).applied).toContain("001_initial");
  expect(await attachEmbedded({ dataDir })).toBeNull();
  expect(await run("bots", "create", "kept-bot")).toMatchObject({ code: 0, err: "" });
  const { out } = await run("bots", "list", "--json");
  expect(JSON.parse(out).items).toEqual([expect.objectContaining({ name: "kept-bot" })]);
  expect(await attachEmbedded({ dataDir })).toBeNull();
  expect((await stat(join(dataDir, "postgres"))).isDirectory()).toBe(true);
});
