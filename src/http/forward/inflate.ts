import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { Problem } from "../../errors.ts";

/** GitHub takes no larger push, and a few compressed bytes can become any number. */
const most = 2 * 1024 * 1024 * 1024;

/**
 * A body as it was before its sender compressed it.
 * @throws Problem `bad_request` for another encoding than gzip; what is read throws it, too, and `too_large`
 */
export function inflate(body: Readable, encoding: string | undefined): Readable {
  if (encoding === undefined || encoding === "identity") return body;
  if (encoding !== "gzip" && encoding !== "x-gzip") {
    throw new Problem("bad_request", "Send this body as it is, or with Content-Encoding: gzip.");
  }
  return Readable.from(inflated(body), { objectMode: false });
}

async function* inflated(body: Readable): AsyncGenerator<Buffer> {
  let size = 0;
  const gunzip = createGunzip();
  // Not a pipeline, which would end the connection before anything can be answered.
  body.once("error", (error) => gunzip.destroy(error));
  const pieces: AsyncIterable<Buffer> = body.pipe(gunzip);
  try {
    for await (const piece of pieces) {
      size += piece.length;
      if (size > most) throw new Problem("too_large", "The body is larger than GitHub takes.");
      yield piece;
    }
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem("bad_request", "The body is not what its Content-Encoding says.", { cause: error });
  }
}
