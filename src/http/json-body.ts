import type { FastifyInstance } from "fastify";
import { Problem } from "../errors.ts";

/**
 * Reads JSON bodies, and nothing else. What is no UTF-8 is refused: a decoder that repairs it would put other bytes
 * into somebody's commit than were sent.
 */
export function readJsonBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  const parse = scope.getDefaultJsonParser("error", "error");
  scope.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body: Buffer, done) => {
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    } catch (error) {
      done(new Problem("bad_request", "The body is not UTF-8: send text as UTF-8, bytes in base64.", { cause: error }));
      return;
    }
    parse(request, text, done);
  });
}
