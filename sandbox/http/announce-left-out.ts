import type { FastifyInstance } from "fastify";
import type { World } from "../world/world.ts";
import { readCaller } from "./caller.ts";

/** Says of which organisations an answer to a person leaves something out, as `switches.leftOutOrganizations` has it. */
export function announceLeftOut(api: FastifyInstance, world: World): void {
  api.addHook("onSend", async (request, reply, payload) => {
    const ids = world.switches.leftOutOrganizations.flatMap((login) => world.people.organization(login)?.id ?? []);
    if (ids.length === 0 || reply.statusCode >= 400 || reply.hasHeader("x-github-sso")) return payload;
    if (readCaller(world, request.headers.authorization).kind !== "user") return payload;
    reply.header("x-github-sso", `partial-results; organizations=${ids.join(",")}`);
    return payload;
  });
}
