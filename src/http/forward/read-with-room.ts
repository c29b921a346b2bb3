import type { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { Problem } from "../../errors.ts";
import { credentialOf } from "../credentials.ts";
import { announcedBytes, largeBodyRoom } from "../large-bodies.ts";
import { createRoom } from "../room.ts";
import { readJson } from "./read-json.ts";

export type ReadJson = (
  request: FastifyRequest,
  reply: FastifyReply,
  stream: Readable,
) => Promise<Record<string, unknown>>;

/**
 * Reads bodies that must be looked into, a large one only where there is room for it: whoever has a pass could fill
 * the memory with them otherwise. Its room is kept until the request is answered.
 * @throws Problem as {@link readJson} does, and where there is no room
 */
export function createJsonReader(options = largeBodyRoom): ReadJson {
  const room = createRoom(options);
  return async (request, reply, stream) => {
    const bytes = announcedBytes(request) ?? options.perOwner;
    if (bytes > options.small) {
      const leave = await room.enter(credentialOf(request).hash.toString("hex"), bytes);
      reply.raw.once("close", leave);
      if (request.raw.destroyed) {
        leave();
        throw new Problem("bad_request", "The connection ended before the body came.");
      }
    }
    return readJson(stream, request.headers);
  };
}
