import { randomBytes, randomUUID } from "node:crypto";
import type { Keyring } from "../../src/crypto/keyring.ts";
import { seal } from "../../src/crypto/seal.ts";
import { createLog } from "../../src/log.ts";
import type { Account } from "../../src/store/accounts/account.ts";
import { addPendingConnect, confirmPendingConnect } from "../../src/store/accounts/pending-connects.ts";
import { addPendingRevocation } from "../../src/store/accounts/pending-revocations.ts";
import { readUserAccount } from "../../src/store/accounts/read-account.ts";
import { storeScopedToken } from "../../src/store/accounts/scoped-tokens.ts";
import { storeConnectedAccount } from "../../src/store/accounts/store-connected.ts";
import { createBot } from "../../src/store/bots.ts";
import { createConnectLink } from "../../src/store/connect-links.ts";
import type { Database } from "../../src/store/database.ts";
import { storeDeliveries } from "../../src/store/deliveries.ts";
import { createPass } from "../../src/store/passes.ts";

interface Deps {
  database: Database;
  keyring: Keyring;
}

/** A pair as a provider gives it. */
export function newPair() {
  return {
    accessToken: `ghu_${randomUUID()}`,
    refreshToken: `ghr_${randomUUID()}`,
    accessExpiresIn: 28_800,
    refreshExpiresIn: 15_897_600,
    scopes: [],
  };
}

/** A connected person, stored as the product stores one. */
export async function storeSomebody({ database, keyring }: Deps): Promise<Account> {
  const { rows } = await database.query<{ user_id: string; identity_id: string }>({
    text: `WITH u AS (INSERT INTO users DEFAULT VALUES RETURNING id)
      INSERT INTO identities (provider, provider_uid, user_id, login) SELECT 'github', id, id, id FROM u
      RETURNING user_id, id AS identity_id`,
  });
  const { user_id: userId = "", identity_id: identityId = "" } = rows[0] ?? {};
  const connected = { userId, identityId, provider: "github", state: "active", pair: newPair() } as const;
  await database.transaction((transaction) => storeConnectedAccount({ keyring }, transaction, connected));
  const account = await readUserAccount(database, connected);
  if (!account) throw new Error("the account was not stored");
  return account;
}

/** A token that must be ended, with or without a person. */
export async function storeRevocation({ database, keyring }: Deps, userId: string | null): Promise<string> {
  return addPendingRevocation({ keyring }, database, {
    provider: "github",
    kind: "token",
    userId,
    identityId: null,
    tokens: { accessToken: `ghu_${randomUUID()}`, refreshToken: null },
    accessExpiresAt: null,
  });
}

/** A webhook that waits. */
export async function storeDelivery(deps: Deps, payload = "{}"): Promise<void> {
  await storeDeliveries(deps, [{ provider: "github", deliveryId: randomUUID(), event: "push", payload }]);
}

/** The names of an erased person, for whom places are still searched. */
export async function storeErasure({ database, keyring }: Deps, userId: string): Promise<void> {
  const rowId = randomUUID();
  const place = { table: "erasures", column: "names", rowId, userId, provider: "" };
  await database.query({
    text: "INSERT INTO erasures (id, user_id, names, key_id) VALUES ($1, $2, $3, $4)",
    values: [rowId, userId, seal(keyring, place, '["ada"]'), keyring.activeId],
  });
}

/** What a provider granted for a connect link, which waits for being completed. */
export async function storePending(deps: Deps, account: Account): Promise<{ id: string; accessToken: string }> {
  const { userId, identityId, provider } = account;
  const { database } = deps;
  const secret = randomBytes(32);
  const platform = await createBot(database, { name: `host-${randomUUID()}`, kind: "platform", keyHash: secret });
  const pair = newPair();
  return database.transaction(async (transaction) => {
    const wish = { secretHash: secret, userId, botId: platform.id, provider, scopes: [], returnTo: null };
    const { id } = await createConnectLink(transaction, wish);
    await addPendingConnect(deps, transaction, { id, userId, provider, identityId, pair, askedAt: new Date() });
    await confirmPendingConnect(transaction, id);
    return { id, accessToken: pair.accessToken };
  });
}

/** A pass's own token, which GitHub made narrower. */
export async function storeScoped(deps: Deps, userId: string): Promise<void> {
  const keyHash = randomBytes(32);
  const bot = await createBot(deps.database, { name: `bot-${keyHash.toString("hex")}`, kind: "bot", keyHash });
  const pass = await createPass(deps.database, {
    passHash: randomBytes(32),
    botId: bot.id,
    keyHash,
    userId,
    provider: "github",
    delegationIds: [randomUUID()],
    repositories: [{ name: "acme/site", id: 1 }],
    branches: ["*"],
    paths: null,
    capabilities: ["api:read"],
    requestedBy: null,
    runUrl: null,
    expiresIn: 3600,
  });
  const log = createLog({ level: "silent" });
  await storeScopedToken(
    { ...deps, log },
    {
      passId: pass.id,
      userId,
      provider: "github",
      accessToken: "ghu_scoped",
      expiresIn: 60,
    },
  );
}
