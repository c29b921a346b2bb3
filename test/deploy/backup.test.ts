import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { readConfig } from "../../src/config/read-config.ts";
import { createKeyring, generateMasterKey } from "../../src/crypto/keyring.ts";
import { createLog } from "../../src/log.ts";
import { start } from "../../src/start.ts";
import { openTokens } from "../../src/store/accounts/account.ts";
import { readUserAccount } from "../../src/store/accounts/read-account.ts";
import { storeConnectedAccount } from "../../src/store/accounts/store-connected.ts";
import { openDatabase } from "../../src/store/database.ts";
import { freePort } from "../../src/store/embedded/free-port.ts";
import { verifyEncryptionKeys } from "../../src/store/encryption-keys.ts";
import { migrate } from "../../src/store/migrate.ts";
import { needed } from "../config/environment.ts";
import { postgresPrograms } from "../harness/programs.ts";

const guide = await readFile(new URL("../../docs/operate.md", import.meta.url), "utf8");
const [, backUp = "", restore = ""] = /## Back up.*?```sh\n(.*?)```.*?```sh\n(.*?)```/s.exec(guide) ?? [];

/** Nobody is there: neither backups nor starts need GitHub. */
const github = { GITHUB_URL: "http://127.0.0.1:1", GITHUB_API_URL: "http://127.0.0.1:1" };
const log = createLog({ level: "silent" });
const config = readConfig(needed);
const keyring = createKeyring(config.encryptionKeys);

// pg_dump takes nothing of a server that is newer than itself, as the embedded one may be: so it gets its own.
describe.skipIf(!postgresPrograms)("a backup, as docs/operate.md has it made", () => {
  let folder: string;
  let server: ChildProcess;
  let address: (name: string) => string;
  let userId: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "onbehalf-backup-"));
    await chmod(folder, 0o777);
    const [port, bin] = [await freePort(), postgresPrograms ?? ""];
    const as = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const cluster = join(folder, "cluster");
    const made = spawnSync(join(bin, "initdb"), ["-D", cluster, "-U", "onbehalf", "-A", "trust", "--no-sync"], as);
    expect(made.stderr.toString()).not.toContain("error");
    const settings = ["-D", cluster, "-p", String(port), "-k", folder, "-h", "127.0.0.1", "-F"];
    server = spawn(join(bin, "postgres"), settings, { ...as, stdio: "ignore" });
    address = (name) => `postgres://onbehalf@127.0.0.1:${port}/${name}`;
    await vi.waitFor(() => query("postgres", "CREATE DATABASE onbehalf"), 20_000);
  });
  afterAll(async () => {
    server.kill("SIGQUIT");
    if (server.exitCode === null) await once(server, "exit");
    await rm(folder, { recursive: true, force: true });
  });

  async function query(database: string, text: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: address(database) });
    await client.connect();
    return (await client.query(text).finally(() => client.end())).rows;
  }

  const run = (commands: string) =>
    spawnSync("sh", ["-e", "-c", commands], {
      cwd: folder,
      encoding: "utf8",
      env: {
        PATH: `${postgresPrograms}:${process.env.PATH}`,
        DATABASE_URL: address("onbehalf"),
        RESTORED_URL: address("restored"),
      },
    });

  test("restores everything, and with the same ENCRYPTION_KEYS its tokens open", async () => {
    await migrate({ url: address("onbehalf") });
    const database = openDatabase({ log }, { url: address("onbehalf") });
    await verifyEncryptionKeys({ database, keyring });
    const [user] = await query("onbehalf", "INSERT INTO users DEFAULT VALUES RETURNING id");
    userId = String(user?.id);
    const [identity] = await query(
      "onbehalf",
      `INSERT INTO identities (provider, provider_uid, user_id, login) VALUES ('github', '1', '${userId}', 'ada') RETURNING id`,
    );
    await database.transaction((transaction) =>
      storeConnectedAccount({ keyring }, transaction, {
        userId,
        provider: "github",
        identityId: String(identity?.id),
        state: "active",
        pair: { accessToken: "at", refreshToken: "rt", accessExpiresIn: 60, refreshExpiresIn: null, scopes: [] },
      }),
    );
    await database.close();
    expect(run(backUp)).toMatchObject({ status: 0, stderr: "" });

    await query("postgres", "CREATE DATABASE restored");
    expect(run(restore)).toMatchObject({ status: 0, stderr: "" });
    const environment = { ...needed, ...github, DATABASE_URL: address("restored"), PORT: "0", DATA_DIR: folder };
    const running = await start({ log, fetch }, readConfig(environment));
    const restored = openDatabase({ log }, { url: address("restored") });
    try {
      expect((await fetch(`${running.url}/readyz`)).status).toBe(200);
      const account = await readUserAccount(restored, { userId, provider: "github" });
      expect(account && openTokens(keyring, account)).toMatchObject({ accessToken: "at", refreshToken: "rt" });
    } finally {
      await running.stop();
      await restored.close();
    }
  });

  test("is of no use without the keys: a start is refused, and names the one that is missing", async () => {
    const environment = { ...needed, ...github, ENCRYPTION_KEYS: generateMasterKey(), PORT: "0", DATA_DIR: folder };
    const refused = start({ log, fetch }, readConfig({ ...environment, DATABASE_URL: address("restored") }));
    await expect(refused).rejects.toThrow(`ENCRYPTION_KEYS lacks key "${keyring.activeId}", and 1 row`);
    const dump = await readFile(join(folder, "onbehalf.dump"), "latin1");
    for (const secret of [needed.ENCRYPTION_KEYS, needed.GITHUB_CLIENT_SECRET]) expect(dump).not.toContain(secret);
  });
});
