import { expect, test } from "vitest";
import { commitAnswer } from "../../src/actions/commits/commit-answer.ts";
import { connectRefusalReasons } from "../../src/actions/sign-in/connect-refusal.ts";
import { isProblemCode, problemStatus } from "../../src/errors.ts";
import { commitBody } from "../../src/http/routes/commits.ts";
import { readPage } from "./read-pages.ts";

const page = await readPage("docs/act.md");

/** The names in the first column of the tables below a heading. */
function namesBelow(heading: string): string[] {
  const [, section = ""] = new RegExp(`^## ${heading}$(.*?)^## `, "ms").exec(page) ?? [];
  const cells = [...section.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].map(([, cell = ""]) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name)).sort();
}

test("docs/act.md names every field of a commit's request and of its answer", () => {
  expect(namesBelow("The request")).toEqual(Object.keys(commitBody.shape).sort());
  expect(namesBelow("The answer")).toEqual(Object.keys(commitAnswer.shape).sort());
});

test("docs/act.md names every problem code, with its status", () => {
  const documented: Record<string, number> = {};
  const note = (codes: string, status: string) => {
    for (const [, code = ""] of codes.matchAll(/`(\w+)`/g)) documented[code] = Number(status);
  };
  for (const [, status = "", codes = ""] of page.matchAll(/^\| (\d{3}) \| (`.+?`) \|/gm)) note(codes, status);
  const [, others = ""] = /^Pages and deliveries have (.+)$/m.exec(page) ?? [];
  for (const [, codes = "", status = ""] of others.matchAll(/((?:`\w+`(?:,| and)? ?)+)\((\d{3})/g)) note(codes, status);
  expect(documented).toEqual(problemStatus);
});

test("docs/act.md names every reason that a refused sign-in or connection has on its page", () => {
  const [, listed = ""] = /^A page that ends a sign-in (.+)$/m.exec(page) ?? [];
  const named = [...listed.matchAll(/`(\w+)`/g)].map(([, reason = ""]) => reason);
  expect(named.sort()).toEqual(connectRefusalReasons.filter((reason) => !isProblemCode(reason)).sort());
});
