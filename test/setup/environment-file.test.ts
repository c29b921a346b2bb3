import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigError, mergeEnvironments } from "../../src/config/environment.ts";
import {
  environmentFile,
  prepareEnvironmentFile,
  readEnvironmentFile,
  writeEnvironmentFile,
} from "../../src/config/environment-file.ts";
import { lacksGithubApp, readSetupConfig } from "../../src/config/setup-config.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "onbehalf-environment-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("the file", () => {
  const values = { A: "1", B: "k1:AbC+/=", C: "My bots' app # 1", D: "" };

  test("says what it was given, to its owner alone, whatever the umask", async () => {
    const before = process.umask(0);
    try {
      await writeEnvironmentFile(folder, values);
    } finally {
      process.umask(before);
    }
    const path = environmentFile(folder);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(parseEnv(await readFile(path, "utf8"))).toEqual(values);
    expect(readEnvironmentFile(path)).toEqual(values);
  });

  test("is never written over, nor is what a link leads to", async () => {
    const path = environmentFile(folder);
    await writeFile(path, "A=old\n");
    await expect(writeEnvironmentFile(folder, values)).rejects.toThrow("never writes over it");
    expect(await readFile(path, "utf8")).toBe("A=old\n");
    await rm(path);
    await symlink(join(folder, "elsewhere"), path);
    await expect(writeEnvironmentFile(folder, values)).rejects.toThrow("never writes over it");
    expect(existsSync(join(folder, "elsewhere"))).toBe(false);
  });

  test("takes no value that could begin a line of its own", async () => {
    for (const value of ["a\nADMIN_USERS=gh.1", 'a" b', "a\\ b", "a\r"]) {
      await expect(writeEnvironmentFile(folder, { A: value })).rejects.toThrow("A can't be written on a line");
    }
    expect(existsSync(environmentFile(folder))).toBe(false);
  });

  test("that is not there says nothing, and one that can't be read is a fault", async () => {
    expect(readEnvironmentFile(join(folder, "none"))).toEqual({});
    await mkdir(join(folder, "a-folder"));
    expect(() => readEnvironmentFile(join(folder, "a-folder"))).toThrow(ConfigError);
  });
});

describe("before an app is created", () => {
  test("the folder is made, closed to others", async () => {
    const dataDir = join(folder, "deep", "data");
    await prepareEnvironmentFile(dataDir);
    expect((await stat(dataDir)).mode & 0o066).toBe(0);
  });

  test("a folder that takes no file, and a file that is there, are faults", async () => {
    await writeFile(join(folder, "a-file"), "");
    await expect(prepareEnvironmentFile(join(folder, "a-file"))).rejects.toThrow("nothing can be written");
    await writeFile(environmentFile(folder), "");
    await expect(prepareEnvironmentFile(folder)).rejects.toThrow("complete it by hand");
  });

  test.skipIf(process.getuid?.() === 0)("a folder that this account may not write to is a fault", async () => {
    await chmod(folder, 0o500);
    await expect(prepareEnvironmentFile(folder)).rejects.toThrow("nothing can be written");
    await chmod(folder, 0o700);
  });
});

test("what is said first counts, and an empty value says nothing", () => {
  expect(mergeEnvironments({ A: "1", B: "", C: undefined }, { A: "2", B: "3" }, { C: "4" })).toEqual({
    A: "1",
    B: "3",
    C: "4",
  });
});

describe("set-up is for who has nothing of a GitHub App", () => {
  test.each([
    "APP_ID",
    "PRIVATE_KEY",
    "PRIVATE_KEY_PATH",
    "WEBHOOK_SECRET",
    "GITHUB_CLIENT_ID",
    "GITHUB_CLIENT_SECRET",
  ])("%s is a part of one", (name) => {
    expect(lacksGithubApp({ [name]: "x" })).toBe(false);
    expect(lacksGithubApp({ [name]: "", GITHUB_URL: "https://github.com" })).toBe(true);
  });

  test("what else is wrong is told before anything is asked, all at once", () => {
    const wrong = {
      PORT: "http",
      PUBLIC_URL: "http://example.com",
      GITHUB_API_URL: "https://api.github.com",
      SIGN_IN: "all",
      ADMIN_USERS: "@ada",
      ENCRYPTION_KEYS: "k1:short",
      WEBHOOK_PROXY_URL: "smee",
      LOG_LEVEL: "loud",
    };
    expect(() => readSetupConfig(wrong)).toThrow("The configuration has 8 faults");
    for (const name of Object.keys(wrong)) expect(() => readSetupConfig(wrong)).toThrow(name);
  });

  test("the API's address is found where only GitHub's is given", () => {
    expect(readSetupConfig({ GITHUB_URL: "https://acme.ghe.com" }).github?.apiUrl).toBe("https://api.acme.ghe.com");
  });
});
