import { Problem } from "../errors.ts";

/** With its length: git itself takes no longer one (gitprotocol-common(5)). */
export const longestLine = 65_520;

export type PktLine = { kind: "data"; data: Buffer } | { kind: "flush" | "delimiter" | "end" };

const special = ["flush", "delimiter", "end"] as const;

/**
 * Cuts git's lines out of bytes that come in any pieces. Bytes are joined once a line, however small the pieces are.
 * https://git-scm.com/docs/gitprotocol-common#_pkt_line_format
 */
export class PktLines {
  #pieces: Buffer[] = [];
  #held = 0;
  /** How many bytes there must be before looking makes sense. */
  #wanted = 4;

  take(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#held += piece.length;
  }

  /**
   * @returns null: more bytes are needed
   * @throws Problem `bad_request`
   */
  next(): PktLine | null {
    if (this.#held < this.#wanted) return null;
    const bytes = this.#join();
    const length = readLength(bytes);
    const kind = special[length];
    if (kind) {
      this.#keep(bytes.subarray(4));
      return { kind };
    }
    if (length < 4 || length > longestLine) throw garbled();
    this.#wanted = length;
    if (bytes.length < length) return null;
    this.#wanted = 4;
    this.#keep(bytes.subarray(length));
    return { kind: "data", data: bytes.subarray(4, length) };
  }

  /** Hands out what is no line any more. */
  rest(): Buffer {
    const bytes = this.#join();
    this.#keep(Buffer.alloc(0));
    return bytes;
  }

  #join(): Buffer {
    const [only] = this.#pieces;
    if (this.#pieces.length === 1 && only) return only;
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [bytes];
    return bytes;
  }

  #keep(bytes: Buffer): void {
    this.#pieces = bytes.length > 0 ? [bytes] : [];
    this.#held = bytes.length;
  }
}

/** A line as it is sent. */
export function pktLine(data: Buffer | string): Buffer {
  const bytes = Buffer.from(data);
  const length = bytes.length + 4;
  if (length > longestLine) throw new Error("a line of git's protocol is too long");
  return Buffer.concat([Buffer.from(length.toString(16).padStart(4, "0")), bytes]);
}

export const flush = Buffer.from("0000");

function readLength(bytes: Buffer): number {
  const digits = bytes.toString("latin1", 0, 4);
  if (!/^[0-9a-f]{4}$/i.test(digits)) throw garbled();
  return Number.parseInt(digits, 16);
}

function garbled(): Problem {
  return new Problem("bad_request", "This is not what git sends: the length of a line in it can't be.");
}
