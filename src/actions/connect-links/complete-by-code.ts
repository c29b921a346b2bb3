import { Problem } from "../../errors.ts";
import { writeAudit } from "../../store/audit.ts";
import { findLinkOfCode } from "../../store/connect-links.ts";
import { ConnectRefusal } from "../sign-in/connect-refusal.ts";
import { hashSecret } from "../sign-in/secrets.ts";
import { namedUser } from "../users/named-user.ts";
import { codeInvalid, completeConnect } from "./complete-connect.ts";
import { completionProblem } from "./completion-problem.ts";

/**
 * The platform says that the person came back to it with this code, in the session of that user. A code of another
 * user's link is refused: somebody was brought to use a link that was not made for them.
 * @throws Problem `connect_code_invalid`, `user_not_found`, or why it can't be connected; the audit log has the code
 */
export async function completeByCode(
  deps: Parameters<typeof completeConnect>[0],
  request: { user: string; code: string; botId: string },
): Promise<{ userId: string; provider: string }> {
  const { user, code, botId } = request;
  const named = await namedUser(deps, user, "change");
  const link = await findLinkOfCode(deps.database, hashSecret(code));
  const by = { actor: "platform", botId } as const;
  try {
    if (!link || link.userId !== named.id) throw codeInvalid();
    return await completeConnect(deps, { id: link.id, by });
  } catch (error) {
    const problem = error instanceof ConnectRefusal ? completionProblem(error) : error;
    if (problem instanceof Problem && problem.status < 500) {
      const event = { action: "connect", ...by, userId: named.id, detail: { link: link?.id ?? null } } as const;
      await writeAudit(deps.database, event, { result: "failed", code: problem.code });
    }
    throw problem;
  }
}
