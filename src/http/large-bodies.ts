import type { FastifyInstance, FastifyRequest } from "fastify";
import { Problem } from "../errors.ts";
import { credentialOf } from "./credentials.ts";
import { networkOf } from "./rate-limits.ts";
import { createRoom, type Leave, type RoomOptions } from "./room.ts";

const mebibyte = 1024 * 1024;

/** A body takes up to eight times its size while it is worked on; two of the largest, of two bots, fit in. */
export const largeBodyRoom = { small: mebibyte, whole: 384 * mebibyte, perOwner: 192 * mebibyte, patienceMs: 30_000 };

/** Eight of the largest deliveries. GitHub gives up after 10 s, lists one as failed, and is asked for it later. */
export const deliveryRoom = {
  small: mebibyte,
  unsaid: 25 * mebibyte,
  whole: 200 * mebibyte,
  perOwner: 100 * mebibyte,
  patienceMs: 5_000,
};

const byKey = (request: FastifyRequest) => credentialOf(request).hash.toString("hex");

/** Who sends where anybody may: nobody is known before the body was read. */
export const byNetwork = (request: FastifyRequest) => networkOf(request.ip);

/**
 * Lets large bodies in only where there is room for them, so that no bot takes the memory and the time of all others.
 * A body stays until the handler is done with it, also when its sender has long gone.
 * @param options.unsaid what a body counts that does not say how large it is; unless given, as much as one owner may have
 * @param ownerOf whose share of the room a body takes
 */
export function admitLargeBodies(
  scope: FastifyInstance,
  options: RoomOptions & { small: number; unsaid?: number } = largeBodyRoom,
  ownerOf: (request: FastifyRequest) => string = byKey,
): void {
  const room = createRoom(options);
  const stays = new WeakMap<FastifyRequest, { inHandler: boolean; leave: Leave }>();

  scope.addHook("preParsing", async (request, reply, payload) => {
    const bytes = announcedBytes(request) ?? options.unsaid ?? options.perOwner;
    if (bytes <= options.small) return payload;
    const leave = await room.enter(ownerOf(request), bytes);
    if (request.raw.destroyed) {
      leave();
      throw new Problem("bad_request", "The connection ended before the body came.");
    }
    const stay = { inHandler: false, leave };
    stays.set(request, stay);
    reply.raw.once("close", () => {
      if (!stay.inHandler) leave();
    });
    return payload;
  });
  scope.addHook("onRoute", (route) => {
    const { handler } = route;
    route.handler = async function (request, reply) {
      const stay = stays.get(request);
      if (stay) stay.inHandler = true;
      try {
        return await handler.call(this, request, reply);
      } finally {
        stay?.leave();
      }
    };
  });
}

/** What a request's body weighs. Undefined: the sender doesn't say. */
export function announcedBytes({ headers }: FastifyRequest): number | undefined {
  if (headers["transfer-encoding"] !== undefined) return undefined;
  return Number(headers["content-length"] ?? 0);
}
