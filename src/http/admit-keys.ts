import type { FastifyRequest } from "fastify";
import { Problem } from "../errors.ts";
import { type Bot, type BotKind, findBotOfKey } from "../store/bots.ts";
import { keyIsLive } from "../store/credential.ts";
import type { Database } from "../store/database.ts";
import { credentialOf } from "./credentials.ts";

export interface Admission {
  /** For a route's `onRequest`: who has no such key learns nothing, not even what is wrong with the request. */
  onRequest(request: FastifyRequest): Promise<void>;
  /** Who calls, by its key. */
  callerOf(request: FastifyRequest): Bot;
}

const holders: Record<BotKind, string> = { bot: "bots", platform: "host platforms" };

/**
 * Admits live keys of these kinds. The key is read for every request and never cached.
 * @throws Problem `key_missing`, `key_invalid`, `key_kind`
 */
export function admitKeys(deps: { database: Database }, kinds: readonly BotKind[]): Admission {
  const callers = new WeakMap<FastifyRequest, Bot>();
  return {
    async onRequest(request) {
      const credential = credentialOf(request);
      const caller = credential.kind === "key" ? await findBotOfKey(deps.database, credential.hash) : null;
      if (!caller && (credential.kind === "key" || !(await keyIsLive(deps.database, credential)))) {
        throw new Problem(
          "key_invalid",
          "The key is unknown or was revoked. An operator makes one with `bots create`.",
        );
      }
      if (!caller || !kinds.includes(caller.kind)) {
        const who = kinds.map((kind) => holders[kind]).join(" and ");
        const what = caller ? `not of kind ${caller.kind}` : "not a pass";
        throw new Problem("key_kind", `This address is for ${who}: use a key of kind ${kinds.join(" or ")}, ${what}.`);
      }
      callers.set(request, caller);
    },
    callerOf(request) {
      const caller = callers.get(request);
      if (!caller) throw new Error("the route does not ask for a key");
      return caller;
    },
  };
}
