import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { parseRepository, requireBranchName } from "../../../src/actions/commits/names.ts";

test.each([
  ["acme/site", "acme", "site"],
  ["Acme-Inc/.github", "Acme-Inc", ".github"],
  ["ada_corp/a.b-c_d", "ada_corp", "a.b-c_d"],
  ["a/git", "a", "git"],
])("%s is a repository", (text, owner, name) => {
  expect(parseRepository(text)).toEqual({ owner, name });
});

test.each([
  "",
  "acme",
  "acme/",
  "/site",
  "acme/site/",
  "acme/site/x",
  "acme//site",
  "acme/..",
  "acme/.",
  "../site",
  "acme/site.git",
  "acme/site.GIT",
  "acme/si te",
  "acme/site\n",
  "acme/site?x=1",
  "acme/site#1",
  "acme/si%2Fte",
  "acme/sité",
  "-acme/site",
  "https://github.com/acme/site",
  `acme/${"x".repeat(101)}`,
])("%j is no repository", (text) => {
  expect(() => parseRepository(text)).toThrow(expect.objectContaining({ code: "bad_request" }));
});

const allowed = ["main", "bots/fix-1", "a.b", "a@b", "ünï/côde", "feature#1", "x".repeat(244)];
const refused = [
  "",
  "-a",
  "a b",
  "a..b",
  "a~1",
  "a^",
  "a:b",
  "a?",
  "a*",
  "a[b",
  "a\\b",
  "a\tb",
  "a\x7fb",
  "a\nb",
  "a@{1}",
  "/a",
  "a/",
  "a//b",
  ".a",
  "a/.b",
  "a.",
  "a.lock",
  "a.lock/b",
  "HEAD",
];

test.each(allowed)("%j is a branch, for git too", (branch) => {
  requireBranchName(branch);
  expect(spawnSync("git", ["check-ref-format", "--branch", branch]).status).toBe(0);
});

test.each(refused)("%j is no branch, for git neither", (branch) => {
  expect(() => requireBranchName(branch)).toThrow(expect.objectContaining({ code: "bad_request" }));
  expect(spawnSync("git", ["check-ref-format", "--branch", branch]).status).not.toBe(0);
});

test.each(["@", "refs/heads/main", "a\0b", "a\ud800b", "x".repeat(245), "ü".repeat(123)])(
  "%j is a branch that nobody gets, whatever git says",
  (branch) => {
    expect(() => requireBranchName(branch)).toThrow(expect.objectContaining({ code: "bad_request" }));
  },
);
