import type { Database } from "../../src/store/database.ts";
import { BenchError } from "../bench-error.ts";
import type { Github } from "../stage/github.ts";
import type { Replica } from "./replica.ts";

/** Somebody's account, as the replicas know it. */
export interface Holder {
  accountId: string;
  uid: number;
}

export interface StormDeps {
  database: Database;
  github: Github;
  replicas: Replica[];
}

export interface Storm {
  /** Refreshes that GitHub saw. */
  refreshes: number;
  slowestMs: number;
  /** How often a caller was told to come again, and did. */
  comeAgain: number;
  /** Accounts without a token that is good at GitHub, for their person. */
  lost: number;
}

/**
 * Lets accounts expire, and many ask for their tokens at once, in turn at each of the replicas.
 * @param wish.callers how many ask for each of them
 * @param wish.patient whether a caller who is told to come again does so
 * @throws BenchError when a caller got no token
 */
export async function playStorm(
  deps: StormDeps,
  holders: Holder[],
  wish: { callers: number; patient: boolean },
): Promise<Storm> {
  await expire(
    deps.database,
    holders.map(({ accountId }) => accountId),
  );
  await deps.github.countRefreshes();
  const calls = holders.flatMap(({ accountId }) => Array.from({ length: wish.callers }, () => accountId));
  const answers = await Promise.all(
    deps.replicas.map((replica, place) =>
      replica.call(
        calls.filter((_, index) => index % deps.replicas.length === place),
        wish,
      ),
    ),
  );
  const refreshes = await deps.github.countRefreshes();
  const failures = answers.flatMap((answer) => answer.failures);
  if (failures.length > 0) {
    throw new BenchError(`${failures.length} of ${calls.length} callers got no token: ${[...new Set(failures)]}.`);
  }
  return {
    refreshes,
    slowestMs: Math.max(...answers.map(({ slowestMs }) => slowestMs)),
    comeAgain: answers.reduce((sum, answer) => sum + answer.comeAgain, 0),
    lost: await lost(deps, holders),
  };
}

/** Their access tokens have run out; their refresh tokens are good. */
async function expire(database: Database, accountIds: string[]): Promise<void> {
  await database.query({
    text: `UPDATE user_external_accounts SET access_expires_at = now() - interval '1 minute',
        refresh_due_at = now() - interval '6 minutes' WHERE id = ANY ($1)`,
    values: [accountIds],
  });
}

/** Asked of the replica that refreshed the fewest of them, so that what counts is what was stored. */
async function lost({ replicas }: StormDeps, holders: Holder[]): Promise<number> {
  const answers = await Promise.all(
    replicas.map((replica, place) =>
      replica.verify(holders.filter((_, index) => (index + 1) % replicas.length === place)),
    ),
  );
  return answers.flatMap((answer) => answer.lost).length;
}
