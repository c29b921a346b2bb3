import { type AccountChanges, channel } from "./accounts/account-changes.ts";
import type { Queryable } from "./database.ts";

/** Who lost, and for how long the others should let it pass. */
export interface LostRace {
  loser: string;
  needsMs: number;
}

/** Tells every process that one of them lost the race for a branch's head. */
export async function announceLostRace(database: Queryable, race: LostRace & { branch: string }): Promise<void> {
  const { branch, loser, needsMs } = race;
  await database.query({
    name: "announce-lost-race",
    text: "SELECT pg_notify($1, $2)",
    values: [channel, `${branch} ${loser} ${needsMs}`],
  });
}

/** Hears of lost races for a branch, also of its own, until the function that comes back is called. */
export function onLostRace(changes: AccountChanges, branch: string, hear: (race: LostRace) => void): () => void {
  return changes.on(branch, (detail) => {
    const [loser = "", needsMs] = detail.split(" ");
    hear({ loser, needsMs: Number(needsMs) || 0 });
  });
}
