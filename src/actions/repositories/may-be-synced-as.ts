import { listLimitedBots } from "../../store/ceilings.ts";
import type { Database } from "../../store/database.ts";
import { listDelegations } from "../../store/delegations.ts";
import { covers } from "../delegations/delegated-capabilities.ts";

/** Either lets a bot read the whole of a repository. */
const reading = ["push", "api:read"];

/**
 * Whether a person lets some bot read a repository, in force now and within the bot's ceiling. Who says so lets it be
 * mirrored with their authorisation, too, when somebody else decides it.
 */
export async function mayBeSyncedAs(
  deps: { database: Database },
  person: { userId: string; provider: string; repository: string },
): Promise<boolean> {
  const { userId, provider, repository } = person;
  const target = { repository, ref: "none" } as const;
  const delegations = (await listDelegations(deps.database, { userId })).filter(
    (each) => each.provider === provider && covers(each, target),
  );
  if (delegations.length === 0) return false;
  const bots = await listLimitedBots(deps.database);
  return delegations.some(({ botId, capabilities }) => {
    const bot = bots.find(({ id }) => id === botId);
    if (!bot || (bot.ceiling && !covers(bot.ceiling, target))) return false;
    return reading.some((name) => capabilities.includes(name) && (bot.ceiling?.capabilities.includes(name) ?? true));
  });
}
