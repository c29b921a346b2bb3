import type { FastifyInstance } from "fastify";
import { inBackground } from "../actions/accounts/refreshing.ts";
import { touchKey } from "../store/keys.ts";
import { credentialOf } from "./credentials.ts";
import type { HttpDeps } from "./deps.ts";

/** Answers that nobody gets without a key in force. Others can come before the key was looked at. */
const afterKey = (status: number) => status < 400 || [403, 409, 422].includes(status);

/**
 * Notes which keys are used, so that whoever exchanges one sees when the old one is not used any more. Once a minute
 * and process at most, and after the answer has left: no request waits for it.
 */
export function noteKeyUse(scope: FastifyInstance, deps: HttpDeps): void {
  scope.addHook("onResponse", async (request, reply) => {
    if (!request.headers.authorization || !afterKey(reply.statusCode)) return;
    const { kind, hash } = credentialOf(request);
    const name = `key ${hash.toString("base64")}`;
    if (kind !== "key" || deps.recentlyUsed.has(name)) return;
    deps.recentlyUsed.set(name, true);
    inBackground(deps, touchKey(deps.database, hash));
  });
}
