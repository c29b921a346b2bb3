import { Transform } from "node:stream";
import type { FastifyInstance } from "fastify";
import { Problem } from "../errors.ts";

/** What a commit of 10,000 files needs, twice over. */
const mostParts = 100_000;

/**
 * Refuses a body of JSON with too many parts while it arrives. Its size alone says nothing: of 190 MB of `{},` a parser
 * makes 7 GB, and is busy for a minute.
 */
export function boundJson(scope: FastifyInstance): void {
  scope.addHook("preParsing", async (_request, _reply, payload) => {
    const count = partCounter();
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        if (count(chunk) <= mostParts) done(null, chunk);
        else
          done(new Problem("too_large", `The body holds more than ${mostParts} values: make several commits of it.`));
      },
    });
    payload.once("error", (error) => counted.destroy(error));
    return payload.pipe(counted);
  });
}

const [quote, backslash, comma, bracket, brace] = Buffer.from('"\\,[{');

/** Counts what begins a value outside of strings. Plain loops: a body of 190 MB costs half a second in all. */
function partCounter(): (chunk: Buffer) => number {
  let parts = 0;
  let inString = false;
  let escaped = false;
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (escaped) {
        escaped = false;
        at++;
      }
      while (inString && at < chunk.length && chunk[at] !== quote && chunk[at] !== backslash) at++;
      const byte = chunk[at++];
      if (inString) {
        inString = byte !== quote;
        escaped = byte === backslash;
      } else if (byte === quote) inString = true;
      else if (byte === comma || byte === bracket || byte === brace) parts++;
    }
    return parts;
  };
}
