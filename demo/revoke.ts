import type { ApiAnswer } from "./commit.ts";
import { DemoError } from "./demo-error.ts";
import type { Steps } from "./steps.ts";
import type { Visitor } from "./visitor.ts";

/** What a bot is told once the person has ended the authorisation, as the demo reports it. */
export interface RefusalReport {
  status: number;
  code: string;
  action_url: string;
}

/**
 * Ada ends the authorisation on GitHub's settings page; GitHub tells onbehalf; the bot's next commit is refused. Then she
 * connects again, and the bot goes on.
 * @param commit what the bot asks for, both times
 */
export async function revokeAndReconnect(
  deps: { steps: Steps; visitor: Visitor; githubUrl: string; signal: AbortSignal },
  commit: () => Promise<ApiAnswer>,
): Promise<RefusalReport> {
  const { steps, visitor, githubUrl, signal } = deps;
  await visitor.revokeAtGithub(githubUrl);
  await visitor.untilEnded(signal);
  steps.say(
    "Ada revoked the app on GitHub's own settings page, and GitHub sent onbehalf a webhook.",
    "onbehalf asked GitHub whether that is so, and erased her tokens.",
  );

  const { status, body } = await commit();
  const { code, detail, action_url } = body;
  if (code !== "account_revoked" || typeof action_url !== "string") {
    throw new DemoError(`A commit after the revocation was answered with ${status}: ${JSON.stringify(body)}`);
  }
  steps.say(`The bot asked to commit once more: ${status} ${code}`, `"${detail}"`, `action_url: ${action_url}`);

  await visitor.connect();
  const again = await commit();
  if (again.status !== 201) {
    throw new DemoError(
      `A commit after the reconnect was answered with ${again.status}: ${JSON.stringify(again.body)}`,
    );
  }
  steps.say(`Ada connected again there, and the same commit was made: ${again.status}.`);
  return { status, code, action_url };
}
