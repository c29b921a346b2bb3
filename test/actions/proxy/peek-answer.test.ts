import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { peekAnswer } from "../../../src/actions/proxy/peek-answer.ts";

const json = { "content-type": "application/problem+json; charset=utf-8" };
const answer = (pieces: Iterable<Buffer>, headers: Record<string, string> = json) => ({
  status: 200,
  headers,
  body: Readable.from(pieces),
});

test("JSON is read, and the answer is whole", async () => {
  const peeked = await peekAnswer(answer([Buffer.from('{"a":'), Buffer.from("1}")]));
  expect(peeked.json).toEqual({ a: 1 });
  expect(await text(peeked.answer.body)).toBe('{"a":1}');
});

test("what is larger than 1 MB, no JSON, or encoded goes on unread and whole", async () => {
  const piece = Buffer.alloc(300_000, "1");
  const large = await peekAnswer(answer([piece, piece, piece, piece, piece]));
  expect(large.json).toBeUndefined();
  expect((await text(large.answer.body)).length).toBe(1_500_000);
  for (const headers of [{ "content-type": "text/html" }, { ...json, "content-encoding": "gzip" }]) {
    const other = await peekAnswer(answer([Buffer.from("{}")], headers));
    expect(other.json).toBeUndefined();
    expect(await text(other.answer.body)).toBe("{}");
  }
});

test("an answer that is cut off is no answer", async () => {
  function* cut() {
    yield Buffer.from("{");
    throw new Error("aborted");
  }
  await expect(peekAnswer(answer(cut()))).rejects.toMatchObject({ kind: "unreachable" });
});
