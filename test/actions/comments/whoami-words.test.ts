import { describe, expect, test } from "vitest";
import { whoamiWords } from "../../../src/actions/comments/whoami-words.ts";
import type { Commenter } from "../../../src/store/commenter.ts";

type Delegation = Commenter["delegations"][number];
const everything: Omit<Delegation, "botName"> = {
  repositories: ["*"],
  branches: ["*"],
  capabilities: ["commit"],
  endsAt: null,
  ceiling: null,
};
const person: Commenter = { userId: "u", connected: true, delegations: [{ ...everything, botName: "deploy-bot" }] };
const question = {
  login: "ada",
  repository: "acme/site",
  person,
  publicUrl: "https://onbehalf.example.com",
  userTokensEnabled: true,
};

/** The table's lines for permissions. */
function rows(delegations: Partial<Delegation>[]): string[] {
  const given = { ...person, delegations: delegations.map((one) => ({ ...everything, botName: "b", ...one })) };
  const lines = whoamiWords({ ...question, person: given }).split("\n");
  return lines.filter((line) => line.startsWith("| ")).slice(2);
}

test("the answer names bots, what they may do, branches and until when", () => {
  expect(
    rows([
      { botName: "deploy-bot", capabilities: ["commit", "pull-request"], branches: ["main", "release/*"] },
      {
        botName: "reader",
        capabilities: ["api:read", "api:write", "push", "workflows"],
        endsAt: new Date("2027-01-31T18:00Z"),
      },
    ]),
  ).toEqual([
    "| `deploy-bot` | commit, open pull requests | `main`, `release/*` | you end it |",
    "| `reader` | read through GitHub's API, write through GitHub's API, push with git, change workflows and code owners | all | 2027-01-31 18:00 UTC |",
  ]);
  expect(whoamiWords(question)).toContain("https://onbehalf.example.com/permissions");
});

test("only what covers the repository counts, within the bot's ceiling", () => {
  const limit = { repositories: ["acme/*"], branches: ["release/*"], capabilities: ["commit"] };
  expect(
    rows([
      { botName: "elsewhere", repositories: ["acme/other", "ada/*"] },
      { botName: "here", repositories: ["acme/site"] },
      { botName: "limited", capabilities: ["commit", "push"], ceiling: limit },
      { botName: "ceiling-elsewhere", ceiling: { ...limit, repositories: ["ada/*"] } },
      { botName: "nothing-left", capabilities: ["push"], ceiling: limit },
    ]),
  ).toEqual([
    "| `here` | commit | all | you end it |",
    "| `limited` | commit | all, of these only `release/*` | you end it |",
  ]);
});

describe("who can't be acted for is told why, and where that changes", () => {
  const accounts = "https://onbehalf.example.com/accounts";
  test.each([
    ["nobody knows them", { person: null }, accounts],
    ["their account has ended", { person: { ...person, connected: false } }, accounts],
    [
      "nothing is permitted there",
      { person: { ...person, delegations: [] } },
      "https://onbehalf.example.com/permissions",
    ],
    ["acting is switched off", { userTokensEnabled: false }, "switched off"],
  ])("%s", (_what, change, says) => {
    const words = whoamiWords({ ...question, ...change });
    expect(words).toMatch(/^@ada: no bot /);
    expect(words).toContain(says);
    expect(words).not.toContain("deploy-bot");
  });
});

test("whatever others have named is no mention, no link and no table of its own", () => {
  const hostile = ["@acme/team", "a`b@ada", "``", "x|y", "<img src=x>", "[a](https://a.example)"];
  const [row = ""] = rows([{ branches: hostile }]);
  expect(row).toBe(
    "| `b` | commit | `@acme/team`, ``a`b@ada``, ``` `` ```, `x\\|y`, `<img src=x>`, `[a](https://a.example)` | you end it |",
  );
  expect(whoamiWords({ ...question, login: "a @team" })).not.toContain("@");
});

test("a person with very many permissions gets a short answer", () => {
  const many = Array.from({ length: 500 }, (_, n) => `branch-${n}`);
  expect(rows([{ branches: many }])[0]).toContain("and 490 more");
  const all = Array.from({ length: 60 }, () => ({ botName: "b" }));
  expect(rows(all)).toHaveLength(20);
});
