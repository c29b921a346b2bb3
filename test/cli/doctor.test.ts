import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inLines } from "../../src/cli/doctor.ts";
import { programEnvironment } from "../harness/program-environment.ts";
import { useStack } from "../harness/use-stack.ts";

const entry = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

let folder: string;
const stack = useStack();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "onbehalf-doctor-"));
});
afterAll(() => rm(folder, { recursive: true }));

function run(args: string[], environment: Record<string, string | undefined>) {
  const env = { ...programEnvironment(), ...environment };
  return new Promise<{ status: number; out: string; err: string }>((resolve) => {
    execFile(process.execPath, [entry, "doctor", ...args], { cwd: folder, env }, (error, out, err) =>
      resolve({ status: typeof error?.code === "number" ? error.code : 0, out, err }),
    );
  });
}

describe("onbehalf doctor", () => {
  test("--json prints one object, and the exit status is 0 where nothing failed", async () => {
    const { status, out, err } = await run(["--json"], stack.environment);
    const report = JSON.parse(out);
    expect(err).toBe("");
    expect(report.checks.filter((check: { status: string }) => check.status === "failure")).toEqual([]);
    expect(report.ok).toBe(true);
    expect(status).toBe(0);
    expect(out.trim().split("\n")).toHaveLength(1);
    for (const check of report.checks) {
      expect(check).toMatchObject({ id: expect.stringMatching(/^[a-z-]+$/), says: expect.stringMatching(/\.$/) });
    }
  });

  test("prints a table without colours where nobody sees it, and the exit status is 1 where something failed", async () => {
    const { status, out, err } = await run([], { LOG_LEVEL: "loud", NO_SUCH: "1" });
    expect(err).toBe("");
    expect(status).toBe(1);
    expect(out).not.toContain("\u001b");
    expect(out).toMatch(/^ok {7}node {13}Node \d+\.\d+\.\d+\.$/m);
    expect(out).toMatch(/^failure {2}configuration {4}The configuration has 7 faults:\n {26}- LOG_LEVEL is "loud"/m);
    expect(out).toMatch(/^ {26}→ Set these variables/m);
    expect(out.trimEnd()).toMatch(/\n\n\d+ ok, \d+ warnings, 1 failure$/);
  });
});

test("the table has colours for a person's terminal", () => {
  const checks = [{ id: "node", status: "failure" as const, says: "This is old.", repair: "Take a new one." }];
  expect(inLines({ ok: false, checks }, { colours: true })).toEqual([
    "\u001b[31mfailure\u001b[0m  node  This is old.",
    "               → Take a new one.",
    "",
    "0 ok, 0 warnings, 1 failure",
  ]);
});
