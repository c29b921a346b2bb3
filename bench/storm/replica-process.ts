import { freshToken } from "../../src/actions/accounts/fresh-token.ts";
import { Problem } from "../../src/errors.ts";
import { readHeldAccount } from "../../src/store/accounts/held-account.ts";
import { inTurns } from "../stage/in-turns.ts";
import { openTokenDeps } from "../stage/token-deps.ts";
import { errand, replicaOrder } from "./replica-messages.ts";

// A replica of onbehalf without its HTTP: whoever calls here waits for a token and for nothing else.

const { deps, close } = openTokenDeps({ ...replicaOrder.parse(JSON.parse(process.argv[2] ?? "")), fetch });

process.on("message", (message) => {
  const wanted = errand.parse(message);
  const done = wanted.do === "call" ? callAll(wanted.accounts) : verifyAll(wanted.holders);
  done.then(
    (answer) => process.send?.(answer),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on("disconnect", () => void close().then(() => process.exit(0)));
process.send?.("ready");

async function callAll(accounts: string[]) {
  const calls = await Promise.all(
    accounts.map(async (id) => {
      const begun = performance.now();
      const failure = await tokenOf(id).then(() => null, told);
      return { ms: performance.now() - begun, failure };
    }),
  );
  return {
    slowestMs: Math.max(0, ...calls.map(({ ms }) => ms)),
    failures: calls.flatMap(({ failure }) => failure ?? []),
  };
}

async function verifyAll(holders: { accountId: string; uid: number }[]) {
  const lost = await inTurns(holders, 50, async ({ accountId, uid }) => {
    try {
      const identity = await deps.providers.get("github")?.identify(await tokenOf(accountId));
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
