import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { benchmarks } from "../../bench/benchmarks.ts";
import { readOptions, usage } from "../../bench/options.ts";

const main = fileURLToPath(new URL("../../bench/main.ts", import.meta.url));

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

const number = expect.any(Number);

test.concurrent.each([
  ["fresh-token", { ratio_select: number, ratio_better_auth: null, cpu_us_per_read: number }],
  ["git", { ratio_direct_clone: number, ratio_direct_push: number, rss_growth_mb: number }],
  ["storm", { refreshes: 1, slowest_over_provider_ms: number, mass_refreshes: 30, lost: 0 }],
  ["proxy", { ratio_bare_proxy: null, added_ms_p50: number, rss_growth_mb: number }],
  ["webhooks", { ratio_bare_probot: number, deliveries_per_s: number, probot_per_s: number }],
  ["pages", { accounts_ms_p50: number, overview_ms_p50: number, page_kb: number, start_ms: number, idle_mb: number }],
  ["scale", { p99_ratio_read: number, p99_ratio_due: number, rotation_rows_per_s: number, rss_growth_mb: number }],
])("%s measures in little what it measures at length", { timeout: 120_000 }, async (name, figures) => {
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [main, name, "--quick", "--json"], { env: {} });
  expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({
    benchmark: name,
    quick: true,
    ...figures,
  });
});
