import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { diagnose } from "../../harness/diagnose.ts";

let folder: string;
let dataDir: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "onbehalf-doctor-"));
  dataDir = join(folder, "data");
  await mkdir(dataDir, { mode: 0o700 });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const check = async (id: string, environment: Record<string, string> = {}) =>
  (await diagnose({ DATA_DIR: dataDir, ...environment }, { folder })).check(id);

describe("the data folder", () => {
  test("of ours alone is fine, also where PostgreSQL's account has to pass through", async () => {
    expect((await check("data-folder")).status).toBe("ok");
    await chmod(dataDir, 0o711);
    expect((await check("data-folder")).status).toBe("ok");
  });

  test("that others can look into is a warning with the command that ends it", async () => {
    await chmod(dataDir, 0o755);
    expect(await check("data-folder")).toMatchObject({ status: "warning", repair: `Run: chmod go-rw ${dataDir}` });
  });

  test("that doesn't exist is a warning, and fine where the database is elsewhere", async () => {
    const DATA_DIR = join(folder, "none");
    expect((await check("data-folder", { DATA_DIR })).status).toBe("warning");
    const DATABASE_URL = "postgres://127.0.0.1:9/onbehalf";
    expect((await check("data-folder", { DATA_DIR, DATABASE_URL })).status).toBe("ok");
  });

  test("that is a file fails", async () => {
    const DATA_DIR = join(folder, "file");
    await writeFile(DATA_DIR, "");
    expect(await check("data-folder", { DATA_DIR })).toMatchObject({
      status: "failure",
      repair: expect.stringContaining("DATA_DIR"),
    });
  });
});

describe("files with secrets", () => {
  test("there may be none", async () => {
    expect(await check("secret-files")).toMatchObject({ status: "ok", says: "There are no files with secrets." });
  });

  test("that others may read are a warning with the command that ends it", async () => {
    const files = {
      here: join(folder, ".env"),
      there: join(dataDir, ".env"),
      key: join(folder, "app.pem"),
      keys: join(folder, "keys"),
    };
    for (const file of Object.values(files)) await writeFile(file, "", { mode: 0o600 });
    const environment = { PRIVATE_KEY_PATH: files.key, ENCRYPTION_KEYS_FILE: files.keys };
    const { status, says } = await check("secret-files", environment);
    expect(status).toBe("ok");
    for (const file of Object.values(files)) expect(says).toContain(file);
    for (const file of Object.values(files)) {
      await chmod(file, 0o644);
      const found = await check("secret-files", environment);
      expect(found).toMatchObject({ status: "warning", repair: `Run: chmod 600 ${file}` });
      expect(found.says).toContain(`${file} (644)`);
      await chmod(file, 0o600);
    }
  });
});
