import { expect, test } from "vitest";
import { requireUnprotected } from "../../../src/actions/commits/protected-paths.ts";

test.each([
  ".github/workflows/ci.yml",
  ".github/workflows/deep/er.yml",
  ".GitHub/Workflows/ci.yml",
  ".github/workflows/ends\u2028here.yml",
  ".github/workflows/\u2029/ci.yml",
  ".github/actions/build/action.yml",
  ".github/workflows",
  ".github",
  "CODEOWNERS",
  ".github/CODEOWNERS",
  "docs/codeowners",
  "CODEOWNERS/\u2028",
  "docs",
])("%j is protected", (path) => {
  expect(() => requireUnprotected(["ok.txt", path])).toThrow(
    expect.objectContaining({ code: "protected_path", message: expect.stringContaining(`"${path}"`) }),
  );
});

test.each([
  ".github/dependabot.yml",
  ".github/workflows.md",
  "src/.github/workflows/ci.yml",
  "docs/a.md",
  "my/CODEOWNERS",
])("%j is not", (path) => {
  expect(() => requireUnprotected([path])).not.toThrow();
});
