import { expect, test } from "vitest";
import { harmless, printRows } from "../../src/cli/command.ts";
import { createLog } from "../../src/log.ts";

const deps = (lines: string[]) => ({
  storage: { databaseUrl: null, dataDir: "data" },
  log: createLog({ level: "silent" }),
  print: (line: string) => void lines.push(line),
});

test("what people have written does not steer the terminal of who lists it, and stands in JSON as it is", () => {
  const rows = [{ name: "a", branches: ["fix\u009b2J", "\u202egnp.exe"] }];
  const [lines, json]: [string[], string[]] = [[], []];
  printRows(deps(lines), {}, rows, "none");
  printRows(deps(json), { json: true }, rows, "none");
  expect(lines.join("\n")).not.toMatch(/[\u0080-\u009f\u202e]/);
  expect(lines[1]).toContain("fix\ufffd2J");
  expect(JSON.parse(json.join(""))).toEqual({ items: rows });
  expect(harmless("naïve – 日本語")).toBe("naïve – 日本語");
});
