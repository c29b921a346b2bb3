import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { benchmarks } from "../../bench/benchmarks.ts";
import { readOptions, usage } from "../../bench/options.ts";

const main = fileURLToPath(new URL("../../bench/main.ts", import.meta.url));

/** Runs a benchmark in little, and answers its figures. */
function quickly(name: string): unknown {
  const { status, stdout, stderr } = bench(name, "--quick", "--json");
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

/** Runs the command without anything that it could install with. */
function bench(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { env: {}, encoding: "utf8" });
  return { status, stdout, stderr };
}

test("a benchmark is named, with or without --json and --quick before or after it", () => {
  expect(readOptions(["commit"])).toEqual({ name: "commit", json: false, quick: false });
  expect(readOptions(["commit", "--json"])).toEqual({ name: "commit", json: true, quick: false });
  expect(readOptions(["--json", "--quick", "commit"])).toEqual({ name: "commit", json: true, quick: true });
});

test("--help prints what there is, and measures nothing", () => {
  expect(bench("commit", "--help")).toEqual({ status: 0, stdout: `${usage}\n`, stderr: "" });
  expect(bench("-h").stdout).toBe(`${usage}\n`);
});

test.each([
  [["merge"], 'There is no benchmark "merge".'],
  [["toString"], 'There is no benchmark "toString".'],
  [[], "Name a benchmark."],
  [["commit", "commit"], 'One benchmark at a time, not "commit commit".'],
  [["commit", "--fast"], "Unknown option '--fast'"],
])("%j is refused with the names of all benchmarks, before anything starts", (args, sentence) => {
  const { status, stdout, stderr } = bench(...args);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain(sentence);
  for (const [name, { about }] of Object.entries(benchmarks)) expect(stderr).toContain(`${name.padEnd(11)} ${about}`);
});

test("fresh-token says how a valid token compares with a SELECT, and what it costs", () => {
  const figures = { ratio_select: expect.any(Number), ratio_better_auth: null, cpu_us_per_read: expect.any(Number) };
  expect(quickly("fresh-token")).toMatchObject({ benchmark: "fresh-token", quick: true, ...figures });
});

test("scale says how a million accounts compare with ten thousand, and how fast a key is changed", {
  timeout: 120_000,
}, () => {
  expect(quickly("scale")).toMatchObject({
    benchmark: "scale",
    quick: true,
    p99_ratio_read: expect.any(Number),
    p99_ratio_due: expect.any(Number),
    rotation_rows_per_s: expect.any(Number),
    rss_growth_mb: expect.any(Number),
    accounts: { small: 50, large: 500 },
  });
});
