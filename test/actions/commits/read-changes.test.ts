import { expect, test } from "vitest";
import { type Change, readChanges } from "../../../src/actions/commits/read-changes.ts";

const refusal = (changes: Parameters<typeof readChanges>[0], requireVerified = true) => {
  try {
    readChanges(changes, { requireVerified });
  } catch (error) {
    return error instanceof Error && "code" in error ? `${error.code}` : String(error);
  }
  return null;
};

test.each([
  "a",
  "a/b/c.txt",
  ".gitignore",
  ".github/workflows/ci.yml",
  "a.git",
  "a/.gitkeep",
  "git",
  "...",
  "a b/ c",
  "ümläut/文件",
  "-a",
  "a:b",
  "a..b",
  `${"x".repeat(255)}/`.repeat(15) + "x".repeat(255),
])("the path %j is fine", (path) => {
  expect(refusal([{ path, content: "" }])).toBeNull();
  expect(refusal([{ path, delete: true }])).toBeNull();
});

test.each([
  "",
  "/",
  "/a",
  "//a",
  "a/",
  "a//b",
  ".",
  "./a",
  "a/.",
  "..",
  "../a",
  "a/../b",
  "a/..",
  ".git",
  ".git/config",
  "a/.git/hooks/pre-commit",
  ".GIT/config",
  ".Git",
  ".git.",
  ".git ",
  ".git. . .",
  ".git::$INDEX_ALLOCATION",
  ".git:stream/x",
  "git~1",
  "GIT~1/config",
  ".g\u200cit",
  ".gi\u202et",
  "\ufeff.git",
  "C:\\a",
  "a\\b",
  "..\\a",
  "a\0b",
  "a\nb",
  "a\tb",
  "a\x1b[0m",
  "a\x7f",
  "a\ud800",
  "\udc00a",
  "x".repeat(4097),
  "ü".repeat(2049),
])("the path %j is refused, to write and to delete", (path) => {
  expect(refusal([{ path, content: "" }])).toBe("invalid_path");
  expect(refusal([{ path, delete: true }])).toBe("invalid_path");
});

test.each<[string, Change]>([
  ["a name of 256 bytes", { path: `a/${"x".repeat(256)}`, content: "" }],
  ["a name of 256 bytes in fewer characters", { path: "ü".repeat(128), content: "" }],
  ["a link to nothing", { path: "link", content: "", mode: "120000" }],
  ["a link with a NUL", { path: "link", content: "a\0b", mode: "120000" }],
  ["a link that is too long", { path: "link", content: "a".repeat(4096), mode: "120000" }],
  ["a link for .gitmodules", { path: "a/.GitModules", content: "a", mode: "120000" }],
  ["a link for .gitmodules on HFS+", { path: ".git\u200cmodules", content: "a", mode: "120000" }],
])("%s, which git could not check out, is refused", (_name, change) => {
  expect(refusal([change], false)).toBe("invalid_path");
});

test("what is there and could not be checked out can be deleted", () => {
  expect(refusal([{ path: "x".repeat(256), delete: true }])).toBeNull();
});

test("a link leads where it says, also out of the repository", () => {
  for (const content of ["../..", "/usr/share", "a".repeat(4095)]) {
    expect(refusal([{ path: "link", content, mode: "120000" }], false)).toBeNull();
  }
  expect(refusal([{ path: ".gitmodules", content: "" }])).toBeNull();
});

test.each(["YQ", "YQ=", "YQ===", "YQ== ", " YQ==", "Y Q==", "YQ\n==", "YR==", "-_-_", "_w==", "!!!!", "YQ==YQ==", "ä"])(
  "%j is no padded base64",
  (content_base64) => {
    expect(refusal([{ path: "a", content_base64 }])).toBe("bad_base64");
  },
);

test.each(["", "YQ==", "YWI=", "YWJj", "/+/+", "AA=="])("%j is padded base64", (content_base64) => {
  expect(refusal([{ path: "a", content_base64 }])).toBeNull();
});

test("a path stands once, whatever is done with it", () => {
  const file = { path: "a", content: "1" };
  expect(refusal([file, file])).toBe("duplicate_path");
  expect(refusal([file, { path: "a", delete: true }])).toBe("duplicate_path");
  expect(
    refusal([
      { path: "a", delete: true },
      { path: "a", delete: true },
    ]),
  ).toBe("duplicate_path");
});

test("nothing is written as a file and as a folder", () => {
  const at = (path: string) => ({ path, content: "" });
  expect(refusal([at("a"), at("a/b")])).toBe("duplicate_path");
  expect(refusal([at("a/b/c/d"), at("x"), at("a/b")])).toBe("duplicate_path");
  expect(refusal([at("b/a"), at("a/b/c"), at("a!"), at("a/b-c"), at("a/b")])).toBe("duplicate_path");
  expect(refusal([at("a"), at("ab/c"), at("a.b/c"), at("a!"), at("b/a")])).toBeNull();
  const deep = Array.from({ length: 200 }, (_, index) => at(`${"a/".repeat(2000)}${index}`));
  expect(refusal(deep)).toBeNull();
  expect(refusal([...deep, at(`${"a/".repeat(1000)}a`)])).toBe("duplicate_path");
});

test("a file that goes makes room for a folder, and a folder's files for a file", () => {
  expect(
    refusal([
      { path: "a", delete: true },
      { path: "a/b", content: "" },
    ]),
  ).toBeNull();
  expect(
    refusal([
      { path: "a/b", delete: true },
      { path: "a", content: "" },
    ]),
  ).toBeNull();
});

test("no change at all and text that is none are refused", () => {
  expect(refusal([])).toBe("empty_change");
  expect(refusal([{ path: "a", content: "\ud800" }])).toBe("bad_request");
});

test("GitHub signs 40 MB, and not a byte more", () => {
  const half = "x".repeat(20 * 1024 * 1024);
  const halves = [
    { path: "a", content: half },
    { path: "b", content: half },
  ];
  expect(refusal(halves)).toBeNull();
  expect(refusal([...halves, { path: "c", content: "x" }])).toBe("cannot_verify");
});
