import type { Readable } from "node:stream";
import { Problem } from "../errors.ts";
import { type PktLine, PktLines } from "./pkt-lines.ts";
import { isKnownCapability } from "./push-capabilities.ts";
import type { PushRequest, RefCommand } from "./push-request.ts";
import { isRefName } from "./ref-name.ts";

/** A mirror of a large repository has some thousands of refs. */
const mostCommands = 10_000;
const mostBytes = 4 * 1024 * 1024;
const mostOptions = 50;

export interface IncomingPush {
  request: PushRequest;
  /** What follows: the pack, if there is one. Read it once. */
  rest(): AsyncGenerator<Buffer>;
}

/**
 * Reads what a push does to which refs, and no further. Whatever isn't known is refused, so that nothing is sent on
 * that was not checked.
 * @param stream must not have been read
 * @throws Problem `bad_request`, `too_large`
 */
export async function readPush(stream: Readable): Promise<IncomingPush> {
  const pieces: AsyncIterator<Buffer> = stream.iterator({ destroyOnReturn: false });
  const lines = new PktLines();
  const next = async (): Promise<PktLine> => {
    for (;;) {
      const line = lines.next();
      if (line) return line;
      const { done, value } = await pieces.next();
      if (done) throw refused("it ends before its commands do");
      lines.take(value);
    }
  };
  const section = async (take: (data: Buffer) => void) => {
    let taken = 0;
    for (let line = await next(); line.kind !== "flush"; line = await next()) {
      if (line.kind !== "data") throw refused("it holds a line that no push has");
      taken += line.data.length + 4;
      if (taken > mostBytes) throw new Problem("too_large", "This push names too many refs: push them in parts.");
      take(line.data);
    }
  };
  const request: PushRequest = { commands: [], capabilities: [], shallow: [], options: null };
  const refs = new Set<string>();
  await section((data) => readLine(request, refs, data));
  if (request.capabilities.includes("push-options")) {
    const options: string[] = [];
    await section((data) => {
      if (options.length === mostOptions) throw new Problem("too_large", "This push has too many options.");
      options.push(readOption(data));
    });
    request.options = options;
  }
  return {
    request,
    async *rest() {
      const held = lines.rest();
      if (held.length > 0) yield held;
      for (let piece = await pieces.next(); !piece.done; piece = await pieces.next()) yield piece.value;
    },
  };
}

function readLine(request: PushRequest, refs: Set<string>, data: Buffer): void {
  const { commands, shallow } = request;
  if (commands.length + shallow.length >= mostCommands) {
    throw new Problem("too_large", `A push may name ${mostCommands} refs at once: push them in parts.`);
  }
  const end = data.indexOf(0);
  const text = readText(end < 0 ? data : data.subarray(0, end)).replace(/\n$/, "");
  const [, cut] = /^shallow ([0-9a-f]{40}|[0-9a-f]{64})$/.exec(text) ?? [];
  if (cut && commands.length === 0 && end < 0) {
    shallow.push(cut);
    return;
  }
  if (/^push-cert\b/.test(text)) throw refused("signed pushes are not taken: push without --signed");
  const command = readCommand(text);
  if (!command || (end >= 0 && commands.length > 0)) throw refused("it holds a line that is not known here");
  if (refs.has(command.ref)) throw refused(`it names ${command.ref} twice`);
  if (commands.length === 0) {
    request.capabilities = readText(end < 0 ? Buffer.alloc(0) : data.subarray(end + 1))
      .split(/[ \n]/)
      .filter(Boolean);
    const unknown = request.capabilities.find((capability) => !isKnownCapability(capability));
    if (unknown !== undefined) throw refused(`it asks for "${unknown.slice(0, 100)}", which is not known here`);
  }
  refs.add(command.ref);
  commands.push(command);
}

function readCommand(text: string): RefCommand | null {
  const [, from = "", to = "", ref = ""] = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) (.+)$/su.exec(text) ?? [];
  const ids = (from.length === 40 || from.length === 64) && from.length === to.length;
  if (!ids || /^0+$/.test(from + to)) return null;
  if (!isRefName(ref)) throw refused(`"${ref.slice(0, 200)}" is no name of a ref that is taken here`);
  return { ref, from, to };
}

function readOption(data: Buffer): string {
  const text = readText(data).replace(/\n$/, "");
  if (/\p{Cc}/u.test(text)) throw refused("one of its options holds a control character");
  return text;
}

function readText(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new Problem("bad_request", "A name in this push is not UTF-8.", { cause: error });
  }
}

function refused(why: string): Problem {
  return new Problem("bad_request", `This push can't be taken: ${why}.`);
}
