import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { isDeepStrictEqual } from "node:util";
import { Problem } from "../../src/errors.ts";
import { limitCapabilities } from "../../src/git/limit-capabilities.ts";
import { flush, pktLine } from "../../src/git/pkt-lines.ts";
import { encodePush } from "../../src/git/push-request.ts";
import { readPush } from "../../src/git/read-push.ts";
import { watchReport } from "../../src/git/watch-report.ts";

/** Numbers from 0 to below 1, the same for the same seed. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Cuts bytes into pieces of any size. */
export function cut(bytes: Buffer, random: () => number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let from = 0; from < bytes.length; ) {
    const to = from + 1 + Math.floor(random() * (random() < 0.5 ? 4 : bytes.length));
    pieces.push(bytes.subarray(from, to));
    from = to;
  }
  return pieces;
}

const [one, two, zeros] = ["1".repeat(40), "2".repeat(40), "0".repeat(40)];
const seeds: Buffer[] = [
  [pktLine(`${zeros} ${one} refs/heads/main\0 report-status side-band-64k agent=git/2`), flush, "PACK\0\0\0\x02"],
  [pktLine(`shallow ${two}`), pktLine(`${one} ${two} refs/tags/v1\0report-status push-options`), flush].concat(
    pktLine("ci.skip"),
    flush,
    Buffer.from("PACK"),
  ),
  [pktLine(`${one} ${zeros} refs/heads/a\0report-status-v2`), pktLine(`${one} ${two} refs/heads/b\n`), flush],
  [pktLine("push-cert\0report-status"), pktLine("certificate version 0.1\n"), flush],
  [pktLine("unpack ok\n"), pktLine("ok refs/heads/main\n"), pktLine("ng refs/heads/a no\n"), flush],
  [
    pktLine("# service=git-receive-pack\n"),
    flush,
    pktLine(`${one} refs/heads/main\0report-status push-cert=x\n`),
    flush,
  ],
].map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part))));

/**
 * Gives what reads git's protocol bytes that no git sends. It must take them or refuse them, and what it takes must
 * mean the same when it is sent on.
 * @returns how many inputs it took
 * @throws Error naming seed and turn
 */
export async function fuzzGit(options: { seed: number; forMs: number }): Promise<number> {
  const random = randomNumbers(options.seed);
  const until = performance.now() + options.forMs;
  let turn = 0;
  for (; performance.now() < until; turn++) {
    const input = mutate(random);
    const pieces = cut(input, random);
    try {
      await tryPush(input, pieces);
      tryReport(pieces);
      await tryAdvertisement(pieces);
    } catch (error) {
      throw new Error(`seed ${options.seed}, turn ${turn}: ${JSON.stringify(input.toString("latin1"))}`, {
        cause: error,
      });
    }
  }
  return turn;
}

function mutate(random: () => number): Buffer {
  const pick = () => seeds[Math.floor(random() * seeds.length)] ?? flush;
  let bytes = Buffer.from(random() < 0.1 ? Buffer.concat([pick(), pick()]) : pick());
  for (let count = Math.floor(random() * 6); count > 0; count--) {
    const at = Math.floor(random() * bytes.length);
    const kind = random();
    if (kind < 0.4) bytes[at] = Math.floor(random() * 256);
    else if (kind < 0.6) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
    else if (kind < 0.8) bytes = Buffer.concat([bytes.subarray(0, at), pick(), bytes.subarray(at)]);
    else bytes = bytes.subarray(0, at);
  }
  return bytes;
}

async function tryPush(input: Buffer, pieces: Buffer[]): Promise<void> {
  try {
    const { request, rest } = await readPush(Readable.from(pieces, { objectMode: true }));
    const after = await buffer(rest());
    if (!input.subarray(input.length - after.length).equals(after)) throw new Error("the pack is another one");
    if (request.commands.length === 0) return;
    const again = await readPush(Readable.from([encodePush(request)], { objectMode: true }));
    if (!isDeepStrictEqual(again.request, request)) throw new Error("it means something else when it is sent on");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
}

function tryReport(pieces: Buffer[]): void {
  for (const capabilities of [[], ["side-band-64k"]]) {
    const watch = watchReport(new Set(["refs/heads/main"]), capabilities);
    for (const piece of pieces) watch.take(piece);
    for (const ref of watch.results()?.keys() ?? []) {
      if (ref !== "refs/heads/main") throw new Error("a ref is reported that was not pushed");
    }
  }
}

async function tryAdvertisement(pieces: Buffer[]): Promise<void> {
  try {
    const sent = await buffer(limitCapabilities(Readable.from(pieces, { objectMode: true })));
    const [first = ""] = /\0[^\n]*/.exec(sent.toString("latin1")) ?? [];
    if (first.includes("push-cert=")) throw new Error("it offers what is not known here");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
}
