import type { World } from "../world/world.ts";
import { readBasic, readCaller } from "./caller.ts";

/** The app, with all that is its own, that a request's Authorization header is about; null: none of them. */
export function callerApp(world: World, authorization: string | undefined): World | null {
  if (!authorization) return null;
  const clientId = readBasic(authorization)?.user;
  const known = (one: World) => !["anonymous", "bad"].includes(readCaller(one, authorization).kind);
  return world.apps.find((one) => one.app.clientId === clientId || known(one)) ?? null;
}

/** The app of a client id; for an unknown one the first, which refuses it. */
export function clientApp(world: World, clientId: string): World {
  return world.apps.find(({ app }) => app.clientId === clientId) ?? world;
}
