import { describe, expect, test } from "vitest";
import { createForget, forgetIn } from "../../../src/actions/users/forget-names.ts";

const names = {
  pseudonym: "erased.1a2b3c",
  userId: "00000000-0000-4000-8000-000000000001",
  logins: ["ada"],
  formerLogins: ["a-lovelace"],
  words: ["Ada Lovelace", "ada@example.com", "Zoë (x) +1"],
  numbers: ["583231"],
  externalId: "staff/7",
};
const forget = createForget(names);

describe("an erased person's names", () => {
  test.each([
    ["the owner of a repository", "ada/site", "erased.1a2b3c/site"],
    ["the owner in another case", "ADA/site", "erased.1a2b3c/site"],
    ["a repository that has the login in its name", "ada/ada.github.io", "erased.1a2b3c/erased.1a2b3c.github.io"],
    ["the login of before", "a-lovelace/notes", "erased.1a2b3c/notes"],
    ["an address", "https://github.com/ada/site/commit/abc123", "https://github.com/erased.1a2b3c/site/commit/abc123"],
    ["all of an owner", "ada/*", "erased.1a2b3c/*"],
    ["a branch", "fix/ada", "fix/erased.1a2b3c"],
    ["a sentence", 'Ada/site has no branch "ada-fix".', 'erased.1a2b3c/site has no branch "erased.1a2b3c-fix".'],
    ["a mention", "thanks @ada!", "thanks @erased.1a2b3c!"],
    [
      "a noreply address",
      "583231+ada@users.noreply.github.com",
      "erased.1a2b3c+erased.1a2b3c@users.noreply.github.com",
    ],
    ["a number", "gh.583231", "erased.1a2b3c"],
    ["a name", "by ADA LOVELACE, late", "by erased.1a2b3c, late"],
    ["an e-mail address", "<Ada@Example.com>", "<erased.1a2b3c>"],
    ["signs that patterns are made of", "x Zoë (x) +1 y", "x erased.1a2b3c y"],
    ["an id of the platform's", "staff/7", "erased.1a2b3c"],
  ])("%s", (_what, text, without) => {
    expect(forget(text)).toBe(without);
  });

  test.each([
    "adam/site",
    "acme/site",
    "canada/site",
    "acme/nada",
    "gh.5832310",
    "https://ci.example/runs/583231",
    "hadada",
  ])("%s names somebody or something else", (text) => {
    expect(forget(text)).toBe(text);
  });

  test("in lists and objects of JSON, whose own field names stay", () => {
    const value = { ada: ["ada/site", 583231, null, { url: "https://x/ada/y" }] };
    expect(forgetIn(value, forget)).toEqual({
      ada: ["erased.1a2b3c/site", 583231, null, { url: "https://x/erased.1a2b3c/y" }],
    });
  });
});

describe("a login that is a word like any other", () => {
  const ordinary = createForget({ ...names, logins: ["main"], formerLogins: [], words: [], externalId: null });

  test("is the owner of repositories, and nothing else", () => {
    expect(ordinary("main/site")).toBe("erased.1a2b3c/site");
    expect(ordinary("main")).toBe("main");
    expect(ordinary("refs/heads/main")).toBe("refs/heads/main");
  });
});

test("of a person without any name nothing is forgotten", () => {
  const nobody = createForget({ ...names, logins: [], formerLogins: [], words: [], numbers: [], externalId: null });
  expect(nobody("ada/site + gh.1 (x)")).toBe("ada/site + gh.1 (x)");
});
