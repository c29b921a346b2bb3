import { Problem } from "../errors.ts";
import { flush, type PktLine, PktLines, pktLine } from "./pkt-lines.ts";
import { isKnownCapability } from "./push-capabilities.ts";

/** The service, a version, and then the first ref. */
const mostBefore = 4;

/**
 * Passes on what a server says it can do about a push, without what we don't know: so clients don't choose it.
 * @param answer the advertisement of `git-receive-pack`, in protocol version 0 or 1
 * @throws Problem `provider_garbled`
 */
export async function* limitCapabilities(answer: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const lines = new PktLines();
  let before = 0;
  let found = false;
  for await (const piece of answer) {
    if (found) {
      yield piece;
      continue;
    }
    lines.take(piece);
    for (let line = nextOf(lines); line && !found; line = found ? null : nextOf(lines)) {
      const limited = limit(line);
      found = limited !== null;
      if (!found && ++before > mostBefore) throw garbled();
      yield limited ?? sent(line);
    }
    if (found) yield lines.rest();
  }
  if (!found) throw garbled();
}

/** Null: it is not the line that tells. */
function limit(line: PktLine): Buffer | null {
  if (line.kind !== "data") return null;
  const end = line.data.indexOf(0);
  if (end < 0) return null;
  const known = line.data
    .toString("latin1", end + 1)
    .split(/[ \n]/)
    .filter(isKnownCapability);
  return pktLine(Buffer.concat([line.data.subarray(0, end + 1), Buffer.from(`${known.join(" ")}\n`)]));
}

function sent(line: PktLine): Buffer {
  if (line.kind === "data") return pktLine(line.data);
  if (line.kind === "flush") return flush;
  throw garbled();
}

function nextOf(lines: PktLines): PktLine | null {
  try {
    return lines.next();
  } catch (error) {
    throw garbled(error);
  }
}

function garbled(cause?: unknown): Problem {
  return new Problem("provider_garbled", "GitHub's answer is not what a git server says.", { cause });
}
