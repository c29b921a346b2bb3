import { expect, test } from "vitest";
import { readPage } from "./read-pages.ts";

test("CONTRIBUTING.md lists the scripts that CI runs, in their order", async () => {
  const contributing = await readPage("CONTRIBUTING.md");
  const listed = [...contributing.matchAll(/^\| `(npm .+?)` \|.*✓ \|$/gm)].map(([, script]) => script);
  const ci = await readPage(".ci/run");
  const steps = [...ci.matchAll(/^(?:run|begin) (npm .+)$/gm)].map(([, step]) => step);
  expect(["npm ci", ...listed]).toEqual(steps);
});
