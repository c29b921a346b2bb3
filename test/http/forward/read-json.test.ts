import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { readJson } from "../../../src/http/forward/read-json.ts";

const read = (...pieces: string[]) => readJson(Readable.from(pieces.map((piece) => Buffer.from(piece))), {});

test("a body that must be looked into is read, in whatever pieces it comes", async () => {
  expect(await read('{"a":"\\', '"[[","b":[', "{}]}")).toEqual({ a: '"[[', b: [{}] });
});

test.each([
  ["more values than anybody sends", `{"a":[${"{},".repeat(100_000)}{}]}`],
  ["values too deep within one another", `{"a":${"[".repeat(501)}${"]".repeat(501)}}`],
])("%s are refused before they are parsed", async (_what, body) => {
  await expect(read(body.slice(0, 9), body.slice(9))).rejects.toMatchObject({ code: "too_large" });
});
