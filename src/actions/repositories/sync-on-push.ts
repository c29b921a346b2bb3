import { z } from "zod";
import type { Database } from "../../store/database.ts";
import { wantSync } from "../../store/repositories.ts";

const pushEvent = z.object({ repository: z.object({ id: z.number().int() }) });

/**
 * A push has a registered repository synced. It is found by its number, so that nobody else's repository of the same
 * name counts. Handled twice it leads to one more run, which finds nothing new.
 */
export async function syncOnPush(
  deps: { database: Database },
  event: { provider: string; payload: unknown },
): Promise<void> {
  const { repository } = pushEvent.parse(event.payload);
  await wantSync(deps.database, { provider: event.provider, number: repository.id }, "push");
}
