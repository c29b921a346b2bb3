import { expect, test } from "vitest";
import { DelegationFault } from "../../../src/actions/delegations/delegation-fault.ts";
import { isWithin, requireWithin } from "../../../src/actions/delegations/require-within.ts";

const everything = ["commit", "push", "pull-request", "api:read", "api:write", "workflows"];
const scope = (repositories: string[], branches = ["*"], capabilities = ["commit"]) => ({
  repositories,
  branches,
  capabilities,
});

test.each([
  [["*"], ["acme/site", "acme/*", "*"], []],
  [["acme/*"], ["acme/site", "acme/*"], ["*", "acme-inc/site", "other/*"]],
  [
    ["acme/site", "ada/*"],
    ["acme/site", "ada/notes", "ada/*"],
    ["acme/*", "acme/site2", "*"],
  ],
])("of repositories, %j holds %j and not %j", (ceiling, within, beyond) => {
  const limit = scope(ceiling, ["*"], everything);
  for (const pattern of within) expect(isWithin(limit, scope([pattern])), pattern).toBe(true);
  for (const pattern of beyond) expect(isWithin(limit, scope([pattern])), pattern).toBe(false);
  expect(isWithin(limit, scope([...within, ...beyond]))).toBe(beyond.length === 0);
});

test.each([
  [["*"], ["*", "main", "refs/tags/*", "a*b"], []],
  [
    ["bots/*"],
    ["bots/a", "bots/*", "bots/a*b", "bots/*/x"],
    ["*", "**", "bots", "bot*", "*bots/a", "refs/tags/bots/a"],
  ],
  [["*/fix"], ["a/fix", "*/fix", "a*/fix"], ["fix", "*fix", "*"]],
  [
    ["main", "v*"],
    ["main", "v1", "v*"],
    ["mai*", "m*", "w1"],
  ],
  [["refs/tags/v*"], ["refs/tags/v1", "refs/tags/v*"], ["v1", "refs/tags/*", "*"]],
  [["r*"], ["release"], ["refs/tags/v1"]],
  [["**"], ["main", "a*"], ["*", "**", "refs/tags/v1"]],
])("of branches, %j holds %j and not %j", (ceiling, within, beyond) => {
  const limit = scope(["*"], ceiling, everything);
  for (const pattern of within) expect(isWithin(limit, scope(["a/b"], [pattern])), pattern).toBe(true);
  for (const pattern of beyond) expect(isWithin(limit, scope(["a/b"], [pattern])), pattern).toBe(false);
});

test("no ceiling holds everything", () => {
  expect(isWithin(null, scope(["*"], ["*"], everything))).toBe(true);
});

test("the refusal names the field, what goes too far, and the ceiling", () => {
  const bot = { id: "1", name: "deploy-bot", ceiling: scope(["acme/*"], ["bots/*"], ["commit", "api:read"]) };
  const refusal = (wanted: ReturnType<typeof scope>) => {
    try {
      requireWithin(bot, wanted);
    } catch (error) {
      return error instanceof DelegationFault ? [error.field, error.message] : expect.unreachable(String(error));
    }
  };
  expect(refusal(scope(["acme/site", "*"], ["bots/a"]))).toEqual([
    "repositories",
    '"*" is more than anybody can permit "deploy-bot": an admin limits it to the repositories acme/*.',
  ]);
  expect(refusal(scope(["acme/site"], ["bots/a", "main"]))).toEqual([
    "branches",
    '"main" is more than anybody can permit "deploy-bot": an admin limits it to the branches bots/*.',
  ]);
  expect(refusal(scope(["acme/site"], ["bots/a"], ["commit", "workflows"]))).toEqual([
    "capability",
    '"workflows" is more than anybody can permit "deploy-bot": an admin limits it to the capabilities commit, api:read.',
  ]);
  expect(refusal(scope(["acme/site"], ["bots/*"], ["api:read"]))).toBeUndefined();
});
