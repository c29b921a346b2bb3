import type { TokenDeps } from "../../src/actions/accounts/refreshing.ts";
import type { TokenPair } from "../../src/grant.ts";
import { storeConnectedAccount } from "../../src/store/accounts/store-connected.ts";
import { one } from "../../src/store/database.ts";
import { assignIdentity, saveIdentity } from "../../src/store/identities.ts";

/**
 * Somebody with a connected account, stored as a connect stores it but without the pages that lead there.
 * @returns the account's id
 */
export async function connectDirectly(
  deps: TokenDeps,
  person: { login: string; uid: number; pair: TokenPair },
): Promise<string> {
  const { login, uid, pair } = person;
  return deps.database.transaction(async (transaction) => {
    const user = one(
      await transaction.query<{ id: string }>({ text: "INSERT INTO users DEFAULT VALUES RETURNING id" }),
    );
    const profile = { uid: String(uid), login, displayName: login, email: `${login}@example.com`, avatarUrl: null };
    const identity = await saveIdentity(transaction, "github", profile);
    await assignIdentity(transaction, identity.id, user.id);
    const { accountId } = await storeConnectedAccount(deps, transaction, {
      userId: user.id,
      provider: "github",
      identityId: identity.id,
      state: "active",
      pair: { ...pair, scopes: [] },
    });
    return accountId;
  });
}
