import { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";

/** What is looked into is held in memory, for every caller at once. */
const most = 1024 * 1024;

/** A caller's body, on its way through. */
export interface PeekableBody {
  /** It streams, so it can't be sent twice. */
  once(): boolean;
  toSend(): Readable | Buffer | null;
  /**
   * Holds back a small body that says that it is JSON, to look into it.
   * @returns undefined: it is none, or it can't be read; it is sent on as it came
   */
  json(): Promise<unknown>;
}

export function peekableBody({ body, headers }: FastifyRequest): PeekableBody {
  const stream = body instanceof Readable ? body : null;
  let held: Buffer | null = null;
  // Without a length nobody knows how much would have to be held.
  const length = Number(headers["content-length"] ?? Number.NaN);
  const isJson = /^application\/([\w.-]+\+)?json\b/i.test(headers["content-type"] ?? "");
  const plain = ["", "identity"].includes(headers["content-encoding"] ?? "");
  return {
    once: () => stream !== null && held === null,
    toSend: () => held ?? stream,
    async json() {
      if (!stream || held || !isJson || !plain || !(length <= most)) return undefined;
      const pieces: Buffer[] = [];
      for await (const piece of stream) pieces.push(piece);
      held = Buffer.concat(pieces);
      return parsed(held);
    },
  };
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
