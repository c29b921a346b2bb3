import { finished, type Readable } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * How often is looked while something large moves, in milliseconds, and how much may lie about, in bytes. At 25 ms and
 * 16 MB V8 had often begun to look through all that it has, and was made to finish on the spot.
 */
const everyMs = 5;
const most = 8 * 1024 * 1024;

/** From this size on, in bytes, a body is large. */
const large = 8 * 1024 * 1024;

/** Gives back the memory of the pieces of large bodies while these move on. */
export interface PieceCollector {
  /** @param length as `content-length` says it; a body that doesn't say is taken for a large one */
  watch(body: Readable, length: string | string[] | undefined): void;
}

/**
 * Each piece of a body is a buffer outside of V8's heap, and V8 looks for those that nobody needs any more only once
 * they are 64 MB. Here it is asked to look earlier, among what is young: which costs a millisecond or two each time.
 * Node's own `--max-semi-space-size=1` does some of it, for all that runs: a body of 1 GB took up to 52 MB with it, 36 MB
 * with this, and 120 MB with neither. It is for the command line alone, so that each way to start would have to have it.
 */
export function createPieceCollector(): PieceCollector {
  const collect = youngCollection();
  let moving = 0;
  let timer: NodeJS.Timeout | undefined;
  let before = 0;

  const look = () => {
    const { arrayBuffers } = process.memoryUsage();
    if (arrayBuffers - before > most) {
      collect();
      before = process.memoryUsage().arrayBuffers;
    }
    before = Math.min(before, arrayBuffers);
  };
  return {
    watch(body, length) {
      if (length !== undefined && Number(length) < large) return;
      moving += 1;
      if (moving === 1) {
        before = process.memoryUsage().arrayBuffers;
        timer = setInterval(look, everyMs).unref();
      }
      finished(body, () => {
        moving -= 1;
        if (moving === 0) clearInterval(timer);
      });
    },
  };
}

/** V8 has it for who starts it with `--expose-gc`, and for contexts that are made while that is set. */
function youngCollection(): () => void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  setFlagsFromString("--no-expose-gc");
  return () => {
    if (typeof collect === "function") collect({ type: "minor" });
  };
}
