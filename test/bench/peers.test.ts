import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../bench/${name}`, import.meta.url), "utf8"));
const { dependencies } = z.object({ dependencies: z.record(z.string(), z.string()) }).parse(read("package.json"));

test("peers are pinned, and locked at the same versions without download addresses", () => {
  const locked = z.object({
    packages: z.record(z.string(), z.object({ version: z.string().optional(), resolved: z.string().optional() })),
  });
  const { packages } = locked.parse(read("package-lock.json"));
  expect(Object.keys(dependencies).length).toBeGreaterThan(0);
  for (const [name, version] of Object.entries(dependencies)) {
    expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
    expect(packages[`node_modules/${name}`]?.version, name).toBe(version);
  }
  expect(Object.values(packages).flatMap(({ resolved }) => resolved ?? [])).toEqual([]);
});
