import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { experiments } from "../../live-check/experiments/index.ts";
import { readSettings } from "../../live-check/settings.ts";
import { programEnvironment } from "../harness/program-environment.ts";

const entry = fileURLToPath(new URL("../../live-check/main.ts", import.meta.url));

function run(environment: Record<string, string>, args: string[] = []) {
  const env = { ...programEnvironment(), ...environment };
  return new Promise<{ status: number; out: string; err: string }>((resolve) => {
    execFile(process.execPath, [entry, ...args], { env }, (error, out, err) =>
      resolve({ status: typeof error?.code === "number" ? error.code : 0, out, err }),
    );
  });
}

const credentials = {
  APP_ID: "1",
  PRIVATE_KEY: "-----BEGIN RSA PRIVATE KEY-----",
  GITHUB_CLIENT_ID: "Iv1.0",
  GITHUB_CLIENT_SECRET: "a secret of nobody",
};

describe("the live check", () => {
  test("without credentials says step by step what it would do, and is done", async () => {
    const { status, out, err } = await run({ CI: "true" });
    expect(err).toBe("");
    expect(status).toBe(0);
    expect(out).toContain("There are no credentials");
    for (const { id, questions, steps } of experiments) {
      for (const text of [`\n${id}\n`, ...questions, ...steps]) expect(out).toContain(text);
    }
  });

  test("says what it takes, and refuses an option that it doesn't know in a sentence", async () => {
    const help = await run({ ...credentials }, ["--help"]);
    expect(help).toMatchObject({ status: 0, err: "", out: expect.stringContaining("--yes") });
    const refused = await run({}, ["--bogus"]);
    expect(refused).toEqual({
      status: 1,
      out: "",
      err: "Unknown option '--bogus'. Run it with --help to see what it takes.\n",
    });
  });

  test("with only some of the credentials names the others", async () => {
    const { GITHUB_CLIENT_SECRET: _, PRIVATE_KEY: __, ...some } = credentials;
    const { status, err } = await run(some);
    expect(status).toBe(1);
    expect(err).toBe("Set GITHUB_CLIENT_SECRET, PRIVATE_KEY or PRIVATE_KEY_PATH, too.\n");
  });

  test("in CI plays against nothing but this machine", async () => {
    const { status, err } = await run({ ...credentials, CI: "true" });
    expect(status).toBe(1);
    expect(err).toContain("This is CI");
    const local = { GITHUB_URL: "http://127.0.0.1:9", GITHUB_API_URL: "http://127.0.0.1:9/api/v3" };
    expect(readSettings({ ...credentials, ...local, CI: "true" })).toMatchObject({ webUrl: "http://127.0.0.1:9" });
    expect(() => readSettings({ ...credentials, GITHUB_URL: local.GITHUB_URL, CI: "true" })).toThrow("This is CI");
  });

  test("takes a repository by its full name and a callback URL on this machine, and nothing else", () => {
    expect(() => readSettings({ ...credentials, LIVE_CHECK_REPOSITORY: "site" })).toThrow("give owner/name");
    for (const LIVE_CHECK_CALLBACK_URL of ["https://example.com/callback", "http://127.0.0.1:9/", "nowhere"]) {
      expect(() => readSettings({ ...credentials, LIVE_CHECK_CALLBACK_URL })).toThrow("on this machine");
    }
  });
});
