import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { limitCapabilities } from "../../src/git/limit-capabilities.ts";
import { flush, pktLine } from "../../src/git/pkt-lines.ts";
import { encodePush } from "../../src/git/push-request.ts";
import { readPush } from "../../src/git/read-push.ts";
import { refusePush } from "../../src/git/refuse-push.ts";
import { watchReport } from "../../src/git/watch-report.ts";
import { fuzzGit } from "../harness/fuzz-git.ts";

const [one, two, zeros] = ["1".repeat(40), "2".repeat(40), "0".repeat(40)];
const read = (...parts: (Buffer | string)[]) =>
  readPush(Readable.from([Buffer.concat(parts.map((part) => Buffer.from(part)))], { objectMode: true }));
const create = `${zeros} ${one} refs/heads/main\0 report-status`;

describe("a push", () => {
  test("says what it does to which refs, and its pack stays as it is", async () => {
    const { request, rest } = await read(
      pktLine(`shallow ${two}`),
      pktLine(`${create} side-band-64k push-options agent=git/2.39.5\n`),
      pktLine(`${one} ${zeros} refs/tags/v1`),
      flush,
      pktLine("ci.skip"),
      flush,
      "PACK0000",
    );
    expect(request).toEqual({
      shallow: [two],
      commands: [
        { ref: "refs/heads/main", from: zeros, to: one },
        { ref: "refs/tags/v1", from: one, to: zeros },
      ],
      capabilities: ["report-status", "side-band-64k", "push-options", "agent=git/2.39.5"],
      options: ["ci.skip"],
    });
    expect((await buffer(rest())).toString()).toBe("PACK0000");
    expect((await read(encodePush(request))).request).toEqual(request);
  });

  test.each<[string, (Buffer | string)[], RegExp]>([
    ["a signed push", [pktLine("push-cert\0report-status"), flush], /without --signed/],
    ["a certificate after a command", [pktLine(create), pktLine("push-cert\n"), flush], /without --signed/],
    ["a word that is not known", [pktLine("update everything"), flush], /a line that is not known/],
    ["a capability that is not known", [pktLine(`${create} push-cert=x`), flush], /"push-cert=x"/],
    [
      "capabilities in a later line",
      [pktLine(create), pktLine(`${one} ${two} refs/heads/a\0quiet`), flush],
      /not known/,
    ],
    ["a ref twice", [pktLine(create), pktLine(`${one} ${two} refs/heads/main`), flush], /twice/],
    ["a ref from nothing to nothing", [pktLine(`${zeros} ${zeros} refs/heads/a`), flush], /not known/],
    ["an id that is too short", [pktLine(`${one.slice(1)} ${two} refs/heads/a`), flush], /not known/],
    ["ids of two kinds", [pktLine(`${one} ${two}${two.slice(16)} refs/heads/a`), flush], /not known/],
    ["shallow after a command", [pktLine(create), pktLine(`shallow ${one}`), flush], /not known/],
    ["a delimiter", [pktLine(create), "0001", flush], /no push has/],
    ["bytes that are no UTF-8", [pktLine(Buffer.concat([Buffer.from(create), Buffer.of(0xff)])), flush], /UTF-8/],
    ["no end", [pktLine(create)], /ends before/],
    ["options without an end", [pktLine(`${create} push-options`), flush, pktLine("a")], /ends before/],
    [
      "an option with a line's end in it",
      [pktLine(`${create} push-options`), flush, pktLine("a\nb"), flush],
      /control/,
    ],
    ["bytes that are no lines", ["PACK and so on"], /length of a line/],
  ])("is refused with %s", async (_what, parts, words) => {
    await expect(read(...parts)).rejects.toMatchObject({ code: "bad_request", message: expect.stringMatching(words) });
  });

  test.each([
    "--upload-pack=touch /tmp/x",
    "--upload-pack=x",
    "HEAD",
    "refs",
    "refs/",
    "refs/heads/",
    "refs/heads/-x",
    "refs/-x/a",
    "refs/heads/../main",
    "refs/heads/a..b",
    "refs/heads//a",
    "/refs/heads/a",
    "refs/heads/.a",
    "refs/heads/a.lock",
    "refs/heads/a.",
    "refs/heads/a b",
    "refs/heads/a\tb",
    "refs/heads/a\nb",
    "refs/heads/a\u0085b",
    "refs/heads/a~1",
    "refs/heads/a^",
    "refs/heads/a:b",
    "refs/heads/a?",
    "refs/heads/*",
    "refs/heads/[a",
    "refs/heads/a\\b",
    "refs/heads/@{u}",
    `refs/heads/${"a".repeat(250)}`,
  ])("is refused for a ref named %j", async (ref) => {
    await expect(read(pktLine(`${zeros} ${one} ${ref}\0report-status`), flush)).rejects.toMatchObject({
      code: "bad_request",
    });
  });

  test("is refused when it names too many refs, before all of them have come", async () => {
    const refs = Array.from({ length: 10_001 }, (_, index) => pktLine(`${one} ${two} refs/heads/a${index}`));
    await expect(read(...refs)).rejects.toMatchObject({ code: "too_large" });
    const long = Array.from({ length: 20 }, (_, index) => pktLine(`${"x".repeat(65_000)}${index}`));
    await expect(read(...long)).rejects.toMatchObject({ code: "bad_request" });
  });
});

describe("a report", () => {
  const refs = new Set(["refs/heads/a", "refs/heads/b"]);
  const report = Buffer.concat([
    pktLine("unpack ok\n"),
    pktLine("ok refs/heads/a\n"),
    pktLine("option old-oid 1\n"),
    pktLine("ng refs/heads/b protected branch\n"),
    pktLine("ok refs/heads/other\n"),
    flush,
  ]);
  const results = new Map([
    ["refs/heads/a", null],
    ["refs/heads/b", "protected branch"],
  ]);

  test("is understood wherever it is cut, within a side band and without", () => {
    const inBand = (band: number, bytes: Buffer) => pktLine(Buffer.concat([Buffer.of(band), bytes]));
    const banded = Buffer.concat([
      inBand(2, Buffer.from("Resolving\n")),
      inBand(1, report.subarray(0, 21)),
      inBand(2, Buffer.from("0000")),
      inBand(1, report.subarray(21)),
      flush,
    ]);
    for (const [bytes, capabilities] of [
      [report, []],
      [banded, ["side-band-64k"]],
    ] as const) {
      for (let at = 0; at < bytes.length; at++) {
        const watch = watchReport(refs, capabilities);
        watch.take(bytes.subarray(0, at));
        watch.take(bytes.subarray(at));
        expect(watch.results()).toEqual(results);
      }
    }
  });

  test("says nothing when it is cut off, or can't be understood", () => {
    for (const bytes of [report.subarray(0, -1), Buffer.from("<html>"), Buffer.from("0001"), Buffer.alloc(0)]) {
      const watch = watchReport(refs, []);
      watch.take(bytes);
      expect(watch.results()).toBeNull();
    }
  });

  test("of ours is one that this understands", () => {
    for (const capabilities of [["report-status"], ["report-status", "side-band-64k"]]) {
      const commands = [...refs].map((ref) => ({ ref, from: zeros, to: one }));
      const watch = watchReport(refs, capabilities);
      watch.take(refusePush({ commands, capabilities, shallow: [], options: null }, ["Why\nnot"], () => "no\nway"));
      expect([...(watch.results()?.values() ?? [])]).toEqual(["no way", "no way"]);
    }
  });
});

describe("what a server offers", () => {
  const limit = async (...parts: (Buffer | string)[]) => {
    const pieces = parts.map((part) => Buffer.from(part));
    return (await buffer(limitCapabilities(Readable.from(pieces, { objectMode: true })))).toString();
  };

  test("is passed on without what is not known here, and all refs as they are", async () => {
    const others = Buffer.concat([pktLine(`${two} refs/heads/b\n`), flush]);
    const service = pktLine("# service=git-receive-pack\n");
    const offer = pktLine(`${one} refs/heads/a\0report-status push-cert=1-x new-thing side-band-64k agent=x\n`);
    const expected = pktLine(`${one} refs/heads/a\0report-status side-band-64k agent=x\n`);
    expect(await limit(service, flush, Buffer.concat([offer, others]))).toBe(
      Buffer.concat([service, flush, expected, others]).toString(),
    );
  });

  test.each(["", "<html>no</html>", "0000", "0001"])("is refused when it is no offer: %j", async (bytes) => {
    await expect(limit(bytes)).rejects.toMatchObject({ code: "provider_garbled" });
  });
});

test("bytes that no git sends are taken or refused, for three seconds", async () => {
  expect(await fuzzGit({ seed: 5, forMs: 3_000 })).toBeGreaterThan(100);
});
