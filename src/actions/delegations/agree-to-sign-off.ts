import { writeAudit } from "../../store/audit.ts";
import type { Database } from "../../store/database.ts";
import { setSignOff } from "../../store/users.ts";

/** Keeps whether a person lets bots add their `Signed-off-by` to commits in their name. */
export async function agreeToSignOff(
  deps: { database: Database },
  agreement: { userId: string; signOff: boolean },
): Promise<void> {
  const { userId, signOff } = agreement;
  await deps.database.transaction(async (transaction) => {
    await setSignOff(transaction, userId, signOff);
    await writeAudit(transaction, { action: signOff ? "sign_off.agree" : "sign_off.withdraw", actor: "user", userId });
  });
}
