import { isGithubProvider } from "../../config/github-app.ts";
import type { SignInPolicy } from "../../config/read-config.ts";
import type { Provider } from "../../providers/provider.ts";
import { writeAudit } from "../../store/audit.ts";
import { openLookup } from "../../store/erasure/lookup-keys.ts";
import { assignIdentity, findIdentity, holdPerson, saveIdentity } from "../../store/identities.ts";
import { replaceSession } from "../../store/sessions.ts";
import { createUser, findUser, parseUserReference, type User } from "../../store/users.ts";
import { discardToken } from "../accounts/discard-token.ts";
import { providerProblem } from "../accounts/provider-problem.ts";
import type { TokenDeps } from "../accounts/refreshing.ts";
import { ConnectRefusal } from "./connect-refusal.ts";
import type { Granted } from "./finish-authorization.ts";
import { replaceGrant } from "./keep-grant.ts";
import { requireActiveUser, requireNoTombstone, userEnded } from "./require-admitted.ts";
import { userElsewhere } from "./same-person.ts";
import { hashSecret, newSecret } from "./secrets.ts";

export interface SignInDeps extends TokenDeps {
  signIn: SignInPolicy;
  adminUsers: readonly string[];
}

/** How long a browser stays signed in. */
export const sessionLifeSeconds = 7 * 24 * 3600;

/**
 * Signs a person in. It identifies and stores no token, with one exception: where the person's account at that
 * provider is live, the new pair takes the place of the stored one, so that sign-ins never fill GitHub's cap of ten.
 * @param request.sessionSecret the session in which the sign-in began; it ends, and the new one has a new secret
 * @param request.browser which one it is, in words of ours
 * @returns the new session's secret
 * @throws ConnectRefusal `sign_in_closed`, `user_deactivated`, after the token was ended
 */
export async function signIn(
  deps: SignInDeps,
  request: { sessionSecret: string; provider: Provider; granted: Granted; browser: string | null },
): Promise<string> {
  const { provider, granted } = request;
  const { profile, pair, askedAt } = granted;
  const person = { provider: provider.id, profile };
  let kept = false;
  try {
    const lookup = await openLookup(deps);
    const user = await admit(deps, provider, granted);
    const identity = await deps.database.transaction(async (transaction) => {
      await requireActiveUser(transaction, user.id, person);
      const saved = await saveIdentity(transaction, provider.id, profile);
      await requireNoTombstone(transaction, lookup, person);
      if (!saved.userId) await assignIdentity(transaction, saved.id, user.id);
      return saved;
    });
    kept = await replaceGrant(deps, { userId: user.id, provider, pair, profile, askedAt });
    const secret = newSecret();
    await deps.database.transaction(async (transaction) => {
      await requireActiveUser(transaction, user.id, person);
      await replaceSession(transaction, {
        before: hashSecret(request.sessionSecret),
        id: hashSecret(secret),
        userId: user.id,
        lifeSeconds: sessionLifeSeconds,
        browser: request.browser,
      });
      await writeAudit(transaction, {
        action: "sign_in",
        actor: "user",
        userId: user.id,
        identityId: identity.id,
        provider: provider.id,
      });
    });
    return secret;
  } catch (error) {
    if (error instanceof ConnectRefusal) {
      const known = await findIdentity(deps.database, { provider: provider.id, providerUid: profile.uid });
      const whose = { userId: known?.userId ?? null, identityId: known?.id ?? null };
      await writeAudit(
        deps.database,
        { action: "sign_in", actor: "user", provider: provider.id, ...whose },
        { result: "failed", code: error.reason },
      );
    }
    throw error;
  } finally {
    if (!kept) await discardToken(deps, { provider, pair, providerUid: profile.uid, purpose: "sign_in" });
  }
}

/** Who may sign in at all: `SIGN_IN`, and always admins and users that the platform created. */
async function admit(deps: SignInDeps, provider: Provider, granted: Granted): Promise<User> {
  const { profile, pair } = granted;
  const person = { provider: provider.id, profile };
  const lookup = await openLookup(deps);
  await requireNoTombstone(deps.database, lookup, person);
  const identity = await findIdentity(deps.database, { provider: provider.id, providerUid: profile.uid });
  const key = { provider: provider.id, providerUid: profile.uid };
  const knownId = identity?.userId ?? (await userElsewhere(deps.database, key));
  const known = knownId ? await findUser(deps.database, { kind: "id", value: knownId }) : null;
  if (known?.status === "deactivated") throw userEnded(person);
  const admin = isAdmin(deps, { provider: provider.id, uid: profile.uid }, known);
  if (!admin && known?.role !== "admin" && !known?.externalId) {
    const allowed = await policyAllows(deps.signIn, provider, pair.accessToken).catch((failure) => {
      throw providerProblem(failure, provider);
    });
    if (!allowed) {
      // The person is told their own number, which the operator needs to let them in. It isn't kept, also not in the
      // audit log: of a stranger nothing is stored.
      const reference = isGithubProvider(provider.id) ? `gh.${profile.uid}` : undefined;
      throw new ConnectRefusal("sign_in_closed", { login: profile.login, reference });
    }
  }
  if (known) return known;
  return deps.database.transaction(async (transaction) => {
    // Two sign-ins of a new person at once: the lock lets the second find the first one's user.
    await holdPerson(transaction, key);
    const saved = await saveIdentity(transaction, provider.id, profile);
    await requireNoTombstone(transaction, lookup, person);
    const firstId = saved.userId ?? (await userElsewhere(transaction, key));
    const first = firstId ? await findUser(transaction, { kind: "id", value: firstId }) : null;
    if (first) return first;
    const created = await createUser(transaction);
    await assignIdentity(transaction, saved.id, created.id);
    return created;
  });
}

/** `gh.NUMBER` is a person at GitHub: elsewhere somebody else may have that number. */
function isAdmin(deps: SignInDeps, person: { provider: string; uid: string }, known: User | null): boolean {
  const atGithub = isGithubProvider(person.provider);
  return deps.adminUsers.map(parseUserReference).some((reference) => {
    if (reference?.kind === "gh") return atGithub && reference.value === person.uid;
    return reference?.kind === "ext" && reference.value === known?.externalId;
  });
}

async function policyAllows(policy: SignInPolicy, provider: Provider, accessToken: string): Promise<boolean> {
  if (policy.kind === "org") return (await provider.isMember?.(accessToken, policy.name)) ?? false;
  return policy.kind === "open";
}
