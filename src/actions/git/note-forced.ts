import { z } from "zod";
import { noteForcedPush } from "../../store/audit-push.ts";
import type { Database } from "../../store/database.ts";

const pushEvent = z.object({
  ref: z.string(),
  before: z.string(),
  after: z.string(),
  forced: z.boolean(),
  repository: z.object({ full_name: z.string() }),
});

/**
 * Adds to the event of a push that it was forced, which only GitHub can tell: it has both histories. GitHub's event may
 * come while the push's answer is still on its way, and more than once.
 */
export async function noteForced(deps: { database: Database }, payload: unknown): Promise<void> {
  const parsed = pushEvent.safeParse(payload);
  if (!parsed.success || !parsed.data.forced) return;
  const { ref, before, after, repository } = parsed.data;
  await noteForcedPush(deps.database, { ref, from: before, to: after, repository: repository.full_name });
}
