import { setTimeout as wait } from "node:timers/promises";
import { freshToken } from "../../src/actions/accounts/fresh-token.ts";
import { Problem } from "../../src/errors.ts";
import { readHeldAccount } from "../../src/store/accounts/held-account.ts";
import { answerQuestions } from "../stage/answer-questions.ts";
import { inTurns } from "../stage/in-turns.ts";
import { openTokenDeps } from "../stage/token-deps.ts";
import { errand, replicaOrder } from "./replica-messages.ts";

// A replica of onbehalf without its HTTP: whoever calls here waits for a token and for nothing else.

const mostVisits = 10;

const { deps, close } = openTokenDeps({ ...replicaOrder.parse(JSON.parse(process.argv[2] ?? "")), fetch });

answerQuestions(async (question) => {
  const wanted = errand.parse(question);
  return wanted.do === "call" ? callAll(wanted) : verifyAll(wanted.holders);
}, close);

async function callAll({ accounts, patient }: { accounts: string[]; patient: boolean }) {
  const calls = await Promise.all(
    accounts.map(async (id) => {
      const begun = performance.now();
      let comeAgain = 0;
      const attempt = async (): Promise<string | null> => {
        try {
          await tokenOf(id);
          return null;
        } catch (error) {
          const waiting = error instanceof Problem && error.status === 503 ? error.retryAfter : undefined;
          if (!patient || waiting === undefined || comeAgain === mostVisits) return told(error);
          comeAgain += 1;
          await wait(waiting * 1000);
          return attempt();
        }
      };
      const failure = await attempt();
      return { ms: performance.now() - begun, failure, comeAgain };
    }),
  );
  return {
    slowestMs: Math.max(0, ...calls.map(({ ms }) => ms)),
    failures: calls.flatMap(({ failure }) => failure ?? []),
    comeAgain: calls.reduce((sum, call) => sum + call.comeAgain, 0),
  };
}

async function verifyAll(holders: { accountId: string; uid: number }[]) {
  const lost = await inTurns(holders, 50, async ({ accountId, uid }) => {
    try {
      const identity = await deps.providers.get("github")?.identify({ accessToken: await tokenOf(accountId) });
      return identity?.uid === String(uid) ? [] : [`${accountId}: it is another person's token`];
    } catch (error) {
      return [`${accountId}: ${told(error)}`];
    }
  });
  return { lost: lost.flat() };
}

async function tokenOf(id: string): Promise<string> {
  const account = await readHeldAccount(deps.database, id);
  if (!account) throw new Error("the account is gone");
  return (await freshToken(deps, account)).accessToken;
}

function told(error: unknown): string {
  if (error instanceof Problem) return error.code;
  return error instanceof Error ? error.message : String(error);
}
