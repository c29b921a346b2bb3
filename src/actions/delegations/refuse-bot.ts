import { writeAudit } from "../../store/audit.ts";
import type { Database } from "../../store/database.ts";
import { addRefusals } from "../../store/refusals.ts";

/**
 * Keeps that a person refused what a bot asked for: it is not offered to them any more. What they have permitted stays.
 * @param refusal.asked as the address said it; goes into the audit log
 */
export async function refuseBot(
  deps: { database: Database },
  refusal: {
    userId: string;
    botId: string;
    provider: string;
    asked: { repositories: string[]; branches: string[]; capabilities: string[] };
  },
): Promise<void> {
  const { userId, botId, provider, asked } = refusal;
  const { repositories, branches, capabilities } = asked;
  await deps.database.transaction(async (transaction) => {
    await addRefusals(transaction, { userId, provider, botIds: [botId] });
    await writeAudit(transaction, {
      action: "delegation.refuse",
      actor: "user",
      userId,
      botId,
      provider,
      detail: { repositories, branches, capabilities },
    });
  });
}
