import type { World } from "./world.ts";

/** What time it is at GitHub. Only its answers' dates and the app's JWT are measured with it. */
export function githubNow(world: World): number {
  return Date.now() + world.switches.clockAheadSeconds * 1000;
}
