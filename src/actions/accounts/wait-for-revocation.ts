import { setTimeout as sleep } from "node:timers/promises";
import type { Profile, TokenPair } from "../../grant.ts";
import type { Provider } from "../../providers/provider.ts";
import {
  accountChangedSince,
  grantIsEnding,
  grantMayHaveEnded,
  hastenRevocationOf,
} from "../../store/accounts/revocation-state.ts";
import { findIdentity } from "../../store/identities.ts";
import { ConnectRefusal } from "../sign-in/connect-refusal.ts";
import { tryEndPendingRevocation } from "./end-pending-revocation.ts";
import { providerProblem } from "./provider-problem.ts";
import type { TokenDeps } from "./refreshing.ts";

/** How long a connect waits for a revocation of the same identity (contract, Sign-in and connect). */
const patienceMs = 20_000;

/**
 * Before a person is sent to a provider: the grant that they had there ends first, since its deletion would take the
 * new one along. It is tried now, whenever its next try was due.
 * @throws ConnectRefusal `revocation_running`
 */
export async function finishRevocation(deps: TokenDeps, user: { userId: string; provider: string }): Promise<void> {
  const running = await hastenRevocationOf(deps.database, user);
  if (!running) return;
  await tryEndPendingRevocation(deps, running.id);
  await untilEnded(() => grantIsEnding(deps.database, running.identityId));
}

/**
 * Before a pair is kept: no grant of its identity is being ended any more, and where one may just have been, this pair
 * did not go with it.
 * @throws ConnectRefusal `revocation_running`
 */
export async function outliveRevocation(
  deps: TokenDeps,
  grant: { provider: Provider; pair: TokenPair; profile: Profile; askedAt: Date },
): Promise<void> {
  const { provider, pair, profile, askedAt } = grant;
  const identity = await findIdentity(deps.database, { provider: provider.id, providerUid: profile.uid });
  if (!identity || !(await grantMayHaveEnded(deps.database, identity.id, askedAt))) return;
  await untilEnded(() => grantIsEnding(deps.database, identity.id));
  const state = await provider.check(pair.accessToken, pair.metadata ?? {}).catch((failure) => {
    throw providerProblem(failure, provider);
  });
  if (state === "dead") throw new ConnectRefusal("revocation_running");
}

/**
 * Whether a pair went with a grant that ended after it was asked for. The person may have connected again since, and
 * then a dead pair would take the place of a living one. What can't be found out counts as dead: another sign-in brings
 * another pair.
 */
export async function diedMeanwhile(
  deps: TokenDeps,
  grant: { provider: Provider; pair: TokenPair; profile: Profile; askedAt: Date },
): Promise<boolean> {
  const { provider, pair, profile, askedAt } = grant;
  const identity = await findIdentity(deps.database, { provider: provider.id, providerUid: profile.uid });
  if (!identity || !(await accountChangedSince(deps.database, identity.id, askedAt))) return false;
  return (await provider.check(pair.accessToken, pair.metadata ?? {}).catch(() => "dead")) === "dead";
}

async function untilEnded(isEnding: () => Promise<boolean>): Promise<void> {
  const started = performance.now();
  while (await isEnding()) {
    if (performance.now() - started > patienceMs) throw new ConnectRefusal("revocation_running");
    await sleep(200);
  }
}
