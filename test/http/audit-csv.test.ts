import { expect, test } from "vitest";
import { csvField } from "../../src/http/audit-csv.ts";

test.each([
  "=1+1",
  "+1",
  "-1",
  "@SUM(1)",
  "\t=1",
  "\r=1",
  "\n=1",
  " =1",
  "\u200b=1",
  "\ufeff=1",
  "\u0000=1",
  "＝1",
  "＠x",
])("%j is no formula in a table", (text) => {
  expect(csvField(text)).toBe(`"'${text}"`);
});

test.each([
  ["acme/site", '"acme/site"'],
  ['a "quoted", word\nand a line', '"a ""quoted"", word\nand a line"'],
  ["1-1", '"1-1"'],
  [null, ""],
  [undefined, ""],
  [7, '"7"'],
  [{ oid: "a" }, '"{""oid"":""a""}"'],
])("%j stays as it is, quoted", (value, field) => {
  expect(csvField(value)).toBe(field);
});
