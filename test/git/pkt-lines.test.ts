import { expect, test } from "vitest";
import { Problem } from "../../src/errors.ts";
import { flush, longestLine, type PktLine, PktLines, pktLine } from "../../src/git/pkt-lines.ts";
import { cut, randomNumbers } from "../harness/fuzz-git.ts";

function linesIn(pieces: Buffer[]): { lines: PktLine[]; rest: Buffer } {
  const reader = new PktLines();
  const lines: PktLine[] = [];
  for (const piece of pieces) {
    reader.take(piece);
    for (let line = reader.next(); line; line = reader.next()) lines.push(line);
  }
  return { lines, rest: reader.rest() };
}

const texts = ["", "a\n", "0000", `\0\xff${"b".repeat(70)}`, "last"];
const stream = Buffer.concat([
  ...texts.slice(0, 2).map(pktLine),
  flush,
  Buffer.from("0001"),
  ...texts.slice(2).map(pktLine),
  Buffer.from("00020"), // and the beginning of another line
]);
const whole = linesIn([stream]);

test("lines are found in bytes that come in one piece", () => {
  expect(whole.lines.map((line) => (line.kind === "data" ? line.data.toString() : line.kind))).toEqual([
    ...texts.slice(0, 2),
    "flush",
    "delimiter",
    ...texts.slice(2),
    "end",
  ]);
  expect(whole.rest.toString()).toBe("0");
});

test("the same lines are found wherever the bytes are cut, once, twice, and everywhere", () => {
  for (let first = 0; first <= stream.length; first++) {
    expect(linesIn([stream.subarray(0, first), stream.subarray(first)])).toEqual(whole);
    const second = first + Math.floor((stream.length - first) / 2);
    expect(linesIn([stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second)])).toEqual(
      whole,
    );
  }
  expect(linesIn([...stream].map((byte) => Buffer.of(byte)))).toEqual(whole);
});

test("any lines in any pieces come out as they went in", () => {
  const random = randomNumbers(20_261_121);
  for (let round = 0; round < 200; round++) {
    const sent = Array.from({ length: 1 + Math.floor(random() * 8) }, () =>
      Buffer.from(Array.from({ length: Math.floor(random() * random() * 400) }, () => Math.floor(random() * 256))),
    );
    const { lines, rest } = linesIn(cut(Buffer.concat(sent.map(pktLine)), random));
    expect(lines.map((line) => (line.kind === "data" ? line.data : null))).toEqual(sent);
    expect(rest).toHaveLength(0);
  }
});

test("a line of the greatest length in single bytes is joined once", () => {
  const data = Buffer.alloc(longestLine - 4, "x");
  const { lines } = linesIn([...pktLine(data)].map((byte) => Buffer.of(byte)));
  expect(lines).toEqual([{ kind: "data", data }]);
});

test.each(["zzzz", "0003", "fff1", "ffff", "-001", "0x10", " 010", "00 5"])("%j is no length of a line", (length) => {
  expect(() => linesIn([Buffer.from(`${length}abc`)])).toThrow(Problem);
});
