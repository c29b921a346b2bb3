import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { z } from "zod";
import { Problem } from "../../errors.ts";
import { jsonBound } from "../bound-json.ts";

/** A file of 100 MB in base64, and what stands around it. */
const largest = 192 * 1024 * 1024;
const object = z.record(z.string(), z.unknown());

/**
 * Reads a body that must be looked into before it is sent on.
 * @param most bytes
 * @throws Problem `too_large`, `bad_request` for what is no JSON object in UTF-8
 */
export async function readJson(
  stream: Readable,
  headers: IncomingHttpHeaders,
  most = largest,
): Promise<Record<string, unknown>> {
  if (headers["content-encoding"] !== undefined && headers["content-encoding"] !== "identity") {
    throw new Problem("bad_request", "Send this body without Content-Encoding: onbehalf must read it.");
  }
  const chunks: Buffer[] = [];
  const check = jsonBound();
  let size = 0;
  let tooLarge: Problem | null = null;
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    tooLarge = size > most ? new Problem("too_large", "The body is larger than this address takes.") : check(chunk);
    if (tooLarge) break;
    chunks.push(chunk);
  }
  if (tooLarge) {
    // What is left unread would keep the connection's next request waiting for ever. Only now: while it is iterated over
    // a stream doesn't flow.
    stream.resume();
    throw tooLarge;
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
    return object.parse(JSON.parse(text));
  } catch (error) {
    throw new Problem("bad_request", "The body is no JSON object in UTF-8.", { cause: error });
  }
}
