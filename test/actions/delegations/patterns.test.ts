import { expect, test } from "vitest";
import { branchMatches, repositoryMatches } from "../../../src/actions/delegations/patterns.ts";

test.each([
  ["acme/site", "acme/site", true],
  ["acme/site", "Acme/SITE", true],
  ["acme/*", "acme/site", true],
  ["acme/*", "ACME/.github", true],
  ["*", "anybody/anything", true],
  ["acme/site", "acme/site2", false],
  ["acme/site", "acme/sit", false],
  ["acme/site", "other/acme/site", false],
  ["acme/*", "acme-inc/site", false],
  ["acme/*", "acm/site", false],
  ["acme/s*", "acme/site", false],
])("the repository pattern %s and %s: %s", (pattern, repository, expected) => {
  expect(repositoryMatches([pattern], repository)).toBe(expected);
});

test.each([
  ["main", "main", true],
  ["main", "Main", false],
  ["main", "main2", false],
  ["main", "a/main", false],
  ["*", "any/thing", true],
  ["bots/*", "bots/a", true],
  ["bots/*", "bots/a/b", true],
  ["bots/*", "bots", false],
  ["bots/*", "robots/a", false],
  ["*/fix", "ada/fix", true],
  ["*/fix", "ada/fix/2", false],
  ["release-*-rc*", "release-1.0-rc2", true],
  ["release-*-rc*", "release-1.0", false],
  ["release-1.0", "release-1x0", false],
  ["a+(b)|c", "a+(b)|c", true],
  ["a+(b)|c", "c", false],
  ["ab*ba", "aba", false],
  ["ab*ba", "abba", true],
  ["**", "x", true],
  ["a*b*c", "a-c-b", false],
  ["*a*a", "a", false],
  ["a*", "a\nb", true],
])("the branch pattern %j and %j: %s", (pattern, branch, expected) => {
  expect(branchMatches([pattern], branch)).toBe(expected);
});

test("one of several patterns is enough, and none lets nothing through", () => {
  expect(branchMatches(["main", "bots/*"], "bots/a")).toBe(true);
  expect(repositoryMatches(["ada/notes", "acme/*"], "acme/site")).toBe(true);
  expect(branchMatches([], "main")).toBe(false);
  expect(repositoryMatches([], "acme/site")).toBe(false);
});

test("a pattern of many stars is decided, however it was written", () => {
  const branch = "a".repeat(244);
  expect(branchMatches([`${"*a".repeat(120)}*b`], branch)).toBe(false);
  expect(branchMatches([`${"*a".repeat(120)}*`], branch)).toBe(true);
});
