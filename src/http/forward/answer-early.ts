import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";

/** What a caller may go on sending after its answer, in bytes: then the connection is cut. */
const most = 256 * 1024 * 1024;

/**
 * Answers a request whose body has not been read to its end. The answer is sent at once; the connection stays until the
 * caller has stopped sending, since a caller that is cut off while it sends may never look at the answer.
 */
export function answerEarly(
  reply: FastifyReply,
  answer: { type: string; body: Buffer },
  rest: AsyncIterable<unknown>,
): FastifyReply {
  async function* body() {
    yield answer.body;
    await drain(rest);
  }
  return reply
    .code(200)
    .headers({ "content-type": answer.type, "content-length": answer.body.length, connection: "close" })
    .send(Readable.from(body(), { objectMode: false }));
}

async function drain(rest: AsyncIterable<unknown>): Promise<void> {
  let size = 0;
  try {
    for await (const piece of rest) {
      size += Buffer.isBuffer(piece) ? piece.length : 0;
      if (size > most) return;
    }
  } catch {
    // It has gone, which is as well.
  }
}
