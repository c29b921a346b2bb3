import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createKeyring } from "../../src/crypto/keyring.ts";
import { seal } from "../../src/crypto/seal.ts";
import { createLog } from "../../src/log.ts";
import type { Account } from "../../src/store/accounts/account.ts";
import { dropPendingConnect } from "../../src/store/accounts/drop-pending-connect.ts";
import { claimDueAccounts } from "../../src/store/accounts/due-accounts.ts";
import { eraseAccount, removeAccounts, touchAccount } from "../../src/store/accounts/end-account.ts";
import { allowForcedRefresh, backOff, claimLease, storeRefreshedPair } from "../../src/store/accounts/lease.ts";
import { listAccountsOfState, listLiveAccounts } from "../../src/store/accounts/list-live-accounts.ts";
import { hastenRevocation, listRevocations, readRevocation } from "../../src/store/accounts/list-revocations.ts";
import { listUserAccounts } from "../../src/store/accounts/list-user-accounts.ts";
import {
  confirmPendingConnect,
  expiredConnects,
  identityIsPending,
  openPendingConnect,
  pendingConnectsOf,
  readPendingIdentity,
  takePendingConnect,
} from "../../src/store/accounts/pending-connects.ts";
import { claimRevocation, moveToPendingRevocation } from "../../src/store/accounts/pending-revocations.ts";
import {
  liveAccountsOf,
  readAccount,
  readAccountOfIdentity,
  readAccountsOfIdentities,
  readUserAccount,
} from "../../src/store/accounts/read-account.ts";
import { readAccountsByRefreshTokenName } from "../../src/store/accounts/refresh-token-names.ts";
import { grantIsEnding, readRevocationState, readRevocationsOf } from "../../src/store/accounts/revocation-state.ts";
import { endScopedTokens, readScopedToken } from "../../src/store/accounts/scoped-tokens.ts";
import {
  countHour,
  nextUncounted,
  readActivityDays,
  readAttributionDays,
  removeOldDays,
} from "../../src/store/activity-days.ts";
import { isAdmin } from "../../src/store/admins.ts";
import { claimComment, removeOldComments, settleComment } from "../../src/store/answered-comments.ts";
import { completeAudit, completeAudits } from "../../src/store/audit.ts";
import { writeDeliveryAudit } from "../../src/store/audit-delivery.ts";
import { readAudit, readAuditEvents } from "../../src/store/audit-log.ts";
import { noteForcedPush } from "../../src/store/audit-push.ts";
import { searchAudit } from "../../src/store/audit-search.ts";
import { noteAuditSent, removeOldAudit } from "../../src/store/audit-stream.ts";
import { readAuthority, readPassAuthorities } from "../../src/store/authority.ts";
import { findBot, findBotEver, findBotOfKey } from "../../src/store/bots.ts";
import { holdBot } from "../../src/store/ceilings.ts";
import { readCommenter } from "../../src/store/commenter.ts";
import {
  claimConnectLink,
  findLinkOfCode,
  readConnectLink,
  removeConnectLinksOf,
  removeOldConnectLinks,
} from "../../src/store/connect-links.ts";
import { keyIsLive } from "../../src/store/credential.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import {
  countDelegations,
  endAccepted,
  endDelegationsOf,
  endExpiredDelegations,
  listDelegations,
  removeDelegationsOf,
} from "../../src/store/delegations.ts";
import {
  claimDeliveries,
  isKnownDelivery,
  postponeDelivery,
  removeOldDeliveries,
  settleDeliveries,
  storeDeliveries,
} from "../../src/store/deliveries.ts";
import { claimErasure, settleErasure } from "../../src/store/erasure/erasures.ts";
import { openLookup } from "../../src/store/erasure/lookup-keys.ts";
import { namedPlaces, rewriteNextRows } from "../../src/store/erasure/named-places.ts";
import { addTombstone, findTombstone, removeTombstones } from "../../src/store/erasure/tombstones.ts";
import { claimErrand, endErrand, renewErrand } from "../../src/store/errands.ts";
import { claimEvents, postponeEvent, removeEvent, removeOldEvents } from "../../src/store/events/events.ts";
import { listUnsentPage, retryEvents } from "../../src/store/events/unsent-events.ts";
import {
  findIdentity,
  lockIdentitiesOf,
  loginsOf,
  readNames,
  removeIdentities,
  removeStrangers,
} from "../../src/store/identities.ts";
import { endKeysAt, listKeys, touchKey } from "../../src/store/keys.ts";
import { listDeliveries, retryDelivery } from "../../src/store/list-deliveries.ts";
import { listUsers, readListedUser, searchUsers } from "../../src/store/list-users.ts";
import { listRepositoriesWithRuns, readListedRepository } from "../../src/store/listed-repositories.ts";
import { useTransaction } from "../../src/store/oauth-transactions.ts";
import { botsOfOffers, listOpenOffers, withdrawOffer } from "../../src/store/offers.ts";
import { endPass, endPassesOf, removeOldPasses } from "../../src/store/passes.ts";
import {
  countRefreshFailures,
  readRefreshFailures,
  removeOldRefreshFailures,
} from "../../src/store/refresh-failure-days.ts";
import { listRefusals, removeRefusal, removeRefusalsOf } from "../../src/store/refusals.ts";
import {
  endSyncsAs,
  knownRepositories,
  listRepositories,
  removeRepositoriesOf,
  setSyncedBy,
  wantSync,
} from "../../src/store/repositories.ts";
import { claimSlot, freeSlot } from "../../src/store/request-slots.ts";
import { missingDeliveries, noteDeliveryRequest, removeOldRequests } from "../../src/store/requested-deliveries.ts";
import { nextKey } from "../../src/store/sealed/next-key.ts";
import { readSealed } from "../../src/store/sealed/read-sealed.ts";
import { resealRows } from "../../src/store/sealed/reseal-rows.ts";
import { sealedColumns } from "../../src/store/sealed-columns.ts";
import { endSession, endSessionsOf, noteSeen, readSession, removeExpired } from "../../src/store/sessions.ts";
import {
  claimDueRepositories,
  endSyncLease,
  freeLostRepositories,
  renewSyncLease,
} from "../../src/store/sync-leases.ts";
import { readSyncingPerson } from "../../src/store/syncing-person.ts";
import { listSyncs, removeOldSyncs } from "../../src/store/syncs.ts";
import { retryParked } from "../../src/store/unhandled-deliveries.ts";
import { endUserPasses, isPassOf, listLivePasses } from "../../src/store/user-passes.ts";
import { endUserSessions, listSessions } from "../../src/store/user-sessions.ts";
import { findUser, setStatus, userIsVacant } from "../../src/store/users.ts";
import { createTestDatabase } from "../harness/database.ts";

interface Plan {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Cond"?: string;
  Plans?: Plan[];
}

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: Database;
let client: pg.Client;
let sent: pg.QueryConfig[] = [];

const keyring = createKeyring([{ id: "k1", bytes: Buffer.alloc(32, 1) }]);
const [id, hash] = [randomUUID(), Buffer.alloc(32)];

/** Sends each statement for real, and remembers it. */
const database: Database = {
  query: (statement) => {
    sent.push(statement);
    return pool.query(statement);
  },
  transaction: (work) =>
    pool.transaction((transaction) =>
      work({
        query: (statement) => {
          sent.push(statement);
          return transaction.query(statement);
        },
      }),
    ),
  close: async () => {},
};
const account: Account = {
  id,
  userId: id,
  identityId: id,
  provider: "github",
  state: "active",
  metadata: {},
  version: 1,
  sealedAccessToken: null,
  sealedRefreshToken: null,
  accessExpiresAt: null,
  refreshDueAt: null,
  refreshExpiresAt: null,
  scopes: [],
  suspectUntil: null,
  forcedRefreshAt: null,
  retryAfter: null,
  failureCount: 0,
  leaseHeld: false,
  connectedAt: new Date(),
  lastRefreshedAt: null,
  lastUsedAt: null,
  revokedAt: null,
  revocationReason: null,
  singleSignOn: {},
  fresh: true,
  stillValid: true,
  readAt: new Date(),
};

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  pool = openDatabase({ log: createLog({ level: "silent" }) }, { url: testDatabase.url });
  client = new pg.Client({ connectionString: testDatabase.url });
  await client.connect();
  await client.query(rowsToSearch);
  // What is left of sequential scans then is what no index can answer, however large a table grows.
  await client.query("SET enable_seqscan = off");
});
afterAll(async () => {
  await client.end();
  await pool.close();
  await testDatabase.drop();
});

/** Enough rows that the planner takes an index for its own sake. */
const rowsToSearch = `
  INSERT INTO users (id, external_id) SELECT gen_random_uuid(), n::text FROM generate_series(1, 3000) n;
  INSERT INTO identities (provider, provider_uid, user_id, login)
    SELECT 'github', row_number() OVER (), id, external_id FROM users;
  INSERT INTO user_external_accounts (user_id, provider, identity_id, state, access_token, refresh_token, key_id)
    SELECT user_id, provider, id, 'active', '', '', 'k1' FROM identities;
  INSERT INTO pending_revocations (provider, kind, user_id, identity_id, access_token, key_id, next_attempt_at)
    SELECT provider, 'grant', user_id, id, '', 'k1', now() + interval '1 hour' FROM identities;
  INSERT INTO browser_sessions (id, user_id, expires_at) SELECT sha256(id::text::bytea), id, now() + interval '1 day' FROM users;
  INSERT INTO oauth_transactions (id, session_id, provider, purpose, expires_at)
    SELECT id, id, 'github', 'connect', now() + interval '1 day' FROM browser_sessions;
  INSERT INTO bots (name, kind) SELECT 'bot-' || n, 'bot' FROM generate_series(1, 3000) n;
  INSERT INTO keys (bot_id, key_hash) SELECT id, sha256(id::text::bytea) FROM bots;
  INSERT INTO connect_links (id, secret_hash, code_hash, user_id, bot_id, provider, expires_at)
    SELECT u.id, sha256(u.id::text::bytea), sha256(u.id::text::bytea), u.id, b.id, 'github', now() + interval '1 hour'
    FROM users u, LATERAL (SELECT id FROM bots LIMIT 1) b;
  INSERT INTO pending_connects (id, user_id, provider, identity_id, access_token, key_id, scopes, metadata, asked_at, expires_at)
    SELECT user_id, user_id, provider, id, '', 'k1', '[]', '{}', now(), now() + interval '1 hour' FROM identities;
  INSERT INTO delegations (user_id, bot_id, provider, repositories, branches, capabilities, granted_by)
    SELECT u.id, b.id, 'github', '{a/b}', '{*}', '{commit}', 'user'
    FROM (SELECT id, row_number() OVER () AS n FROM users) u JOIN (SELECT id, row_number() OVER () AS n FROM bots) b USING (n);
  INSERT INTO passes (pass_hash, bot_id, made_with, user_id, provider, delegation_ids, repositories, repository_ids,
      branches, capabilities, expires_at)
    SELECT k.key_hash, k.bot_id, k.id, d.user_id, 'github', ARRAY[d.id], '{a/b}', '{1}', '{*}', '{commit}',
      now() + interval '1 hour' FROM keys k JOIN delegations d USING (bot_id);
  INSERT INTO scoped_tokens (id, pass_id, user_id, provider, token, key_id, end_at)
    SELECT gen_random_uuid(), id, user_id, provider, '', 'k1', now() + interval '1 hour' FROM passes;
  INSERT INTO offers (bot_id, provider, repositories, branches, capabilities, withdrawn_at)
    SELECT id, 'github', '{a/b}', '{*}', '{commit}', CASE WHEN name NOT LIKE 'bot-1__' THEN now() END FROM bots;
  INSERT INTO refusals (user_id, bot_id, provider) SELECT user_id, bot_id, provider FROM delegations;
  INSERT INTO audit_events (action, actor, result, user_id) SELECT 'commit', 'bot', 'started', id FROM users;
  INSERT INTO audit_events (action, actor, result, detail)
    SELECT 'git.push', 'bot', 'started', jsonb_build_object('from', id, 'to', id) FROM users;
  INSERT INTO activity_days (user_id, day, bot_id, events) SELECT id, current_date, id, 1 FROM users;
  INSERT INTO attribution_days (day, attribution, events) SELECT current_date - n, 'user', 1 FROM generate_series(0, 29) n;
  INSERT INTO audit_unsent (event_id, due_at) SELECT id, now() FROM audit_events;
  INSERT INTO refresh_failure_days (day, provider, events)
    SELECT current_date - n, 'provider-' || m, 1 FROM generate_series(0, 29) n, generate_series(1, 40) m;
  INSERT INTO deliveries (id, provider, delivery_id, event, state, settled_at)
    SELECT id, 'github', id::text, 'push', 'handled', now() FROM users;
  INSERT INTO requested_deliveries (provider, delivery_id) SELECT 'github', id::text FROM users;
  INSERT INTO events (type, user_id, provider, account_id, next_attempt_at)
    SELECT 'account.connected', id, 'github', id, now() + interval '1 hour' FROM users;
  INSERT INTO errands (name) SELECT id::text FROM users;
  INSERT INTO request_slots (name, slot) SELECT id::text, 1 FROM users;
  INSERT INTO repositories (provider, number, name, synced_by_user_id, next_sync_at, lease_id, lease_until)
    SELECT 'github', n, n || '/site', id, now() + interval '1 hour',
      CASE n % 2 WHEN 0 THEN id END, CASE n % 2 WHEN 0 THEN now() + interval '1 hour' END
    FROM (SELECT id, row_number() OVER () AS n FROM users) AS u;
  INSERT INTO answered_comments (provider, number, repository_number) SELECT 'github', n, n FROM generate_series(100, 3000) n;
  INSERT INTO syncs (repository_id, reason, attribution, result, finished_at)
    SELECT id, 'push', 'app', 'succeeded', now() FROM repositories;
  ANALYZE`;

/** The scans of a statement that no index condition narrows. */
async function wideScans(statement: pg.QueryConfig): Promise<string[]> {
  return (await planOf(statement)).flatMap(wideIn);
}

async function planOf(statement: pg.QueryConfig): Promise<Plan[]> {
  // What has a name is planned once for all values; anything else anew for its own.
  await client.query(`SET plan_cache_mode = force_${statement.name ? "generic" : "custom"}_plan`);
  await client.query(`PREPARE wanted AS ${statement.text}`);
  const values = (statement.values ?? []).map(literal);
  const { rows } = await client.query<{ "QUERY PLAN": { Plan: Plan }[] }>(
    `EXPLAIN (FORMAT JSON) EXECUTE wanted${values.length > 0 ? `(${values.join(", ")})` : ""}`,
  );
  await client.query("DEALLOCATE wanted");
  return rows.flatMap((row) => row["QUERY PLAN"].map(({ Plan: plan }) => plan));
}

/** What a plan is made of. */
function nodesIn(plan: Plan): string[] {
  return [plan["Node Type"], ...(plan.Plans ?? []).flatMap(nodesIn)];
}

function wideIn(plan: Plan): string[] {
  const table = plan["Relation Name"];
  const type = plan["Node Type"];
  const scans = table !== undefined && /Scan$/.test(type) && type !== "Bitmap Heap Scan";
  const wide = (scans || type === "Bitmap Index Scan") && plan["Index Cond"] === undefined;
  return [...(wide ? [`${type} on ${table}`] : []), ...(plan.Plans ?? []).flatMap(wideIn)];
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  if (Buffer.isBuffer(value)) return `'\\x${value.toString("hex")}'`;
  if (value instanceof Date) return pg.escapeLiteral(value.toISOString());
  if (Array.isArray(value)) return pg.escapeLiteral(`{${value.map(element).join()}}`);
  return pg.escapeLiteral(String(value));
}

/** A value within an array, quoted as PostgreSQL and JSON both do. */
function element(value: unknown): string {
  return JSON.stringify(Buffer.isBuffer(value) ? `\\x${value.toString("hex")}` : String(value));
}

const pair = { accessToken: "a", refreshToken: "r", accessExpiresIn: 60, refreshExpiresIn: 60, scopes: [] };
const lease = { id, accountId: id, version: 1, takenOver: false };
const deps = { database, keyring, log: createLog({ level: "silent" }) };
const delivery = { provider: "github", deliveryId: id, event: "push", payload: "{}" };
const errand = { name: id, leaseId: id, doneUntil: null, now: new Date() };
const key = { credential: { kind: "key", hash }, provider: "github" } as const;
const pass = { credential: { kind: "pass", hash }, provider: "github" } as const;

const read = { id, keyId: "k1", userId: id, provider: "github" };
const sealedPlace = (table: string) => sealedColumns.find((each) => each.table === table) ?? expect.unreachable();

/** What a rotation does to the tables that grow. */
const rotations = ["user_external_accounts", "pending_revocations", "deliveries"].flatMap(
  (name): [string, () => Promise<unknown>][] => {
    const table = sealedPlace(name);
    const values = table.columns.map((column) =>
      seal(keyring, { ...read, rowId: id, table: name, column, userId: table.userId ? id : "" }, "x"),
    );
    return [
      [`the next key of ${name}`, () => nextKey(database, table, { after: "k0", except: "k1" })],
      [
        `the first rows of ${name} that a key seals`,
        () => readSealed(database, table, { after: null, keyId: "k1", rows: 10 }),
      ],
      [`its next rows in ${name}`, () => readSealed(database, table, { after: id, keyId: "k1", rows: 10 })],
      [`the next rows of ${name} that are sealed`, () => readSealed(database, table, { after: id, rows: 10 })],
      [
        `sealing rows of ${name} anew`,
        () => resealRows(deps, table, [{ ...read, userId: table.userId ? id : "", values }]),
      ],
    ];
  },
);

/** What needs a user who exists, with one of those. */
async function inUser(work: (userId: string) => Promise<unknown>): Promise<void> {
  const { rows } = await pool.query<{ id: string }>({ text: "SELECT id FROM users LIMIT 1" });
  await work(rows[0]?.id ?? "");
}

const old = { days: 7, most: 1000 };

const searches: [what: string, search: () => Promise<unknown>][] = [
  ["who may act, by the user's id", () => readAuthority(database, { ...key, user: { kind: "id", value: id } })],
  ["who may act, by the platform's id", () => readAuthority(database, { ...key, user: { kind: "ext", value: "x" } })],
  ["who may act, by GitHub's id", () => readAuthority(database, { ...key, user: { kind: "gh", value: "1" } })],
  ["who may act, by a pass alone", () => readAuthority(database, { ...pass, user: null })],
  [
    "who may act, by many passes",
    () =>
      readPassAuthorities(
        database,
        Array.from({ length: 50 }, (_, index) => Buffer.alloc(32, index)),
      ),
  ],
  [
    "who may act, by a pass and GitHub's id",
    () => readAuthority(database, { ...pass, user: { kind: "gh", value: "1" } }),
  ],
  ["a live key", () => keyIsLive(database, key.credential)],
  ["a live pass", () => keyIsLive(database, pass.credential)],
  ["a pass to end", () => endPass(database, { id, botId: id })],
  ["a pass's scoped token", () => readScopedToken(deps, id)],
  ["a scoped token to end", () => endScopedTokens(deps, database, { passId: id })],
  ["the scoped tokens that are over", () => endScopedTokens(deps, database, "expired")],
  ["the passes that are over", () => removeOldPasses(database)],
  ["the keys of bots", () => listKeys(database, [id])],
  ["the end of a key", () => endKeysAt(database, [id], null)],
  ["the use of a key", () => touchKey(database, hash)],
  ["another page of users", () => listUsers(database, { status: "active", after: id, limit: 10 })],
  ["a page of users who were deactivated", () => listUsers(database, { status: "deactivated", after: id, limit: 10 })],
  ["users whose login or id begins so", () => searchUsers(database, { text: "12", limit: 10 })],
  ["one user, with all that is shown", () => readListedUser(database, { kind: "id", value: id })],
  ["deliveries that were parked", () => listDeliveries(database, { state: "failed", after: null, limit: 10 })],
  [
    "another page of them",
    () => listDeliveries(database, { state: "failed", after: `1700000000000000~${id}`, limit: 10 }),
  ],
  ["a delivery to handle again", () => retryDelivery(database, id)],
  ["another page of events to send", () => listUnsentPage(database, { state: "waiting", after: "1", limit: 10 })],
  ["another page of mirrors", () => listRepositoriesWithRuns(database, { after: id, limit: 10 })],
  ["one mirror with its last run", () => readListedRepository(database, id)],
  ["as whom it is synced", () => setSyncedBy(database, { id, userId: null, needsDelegation: false })],
  ["refusals by day", () => readRefreshFailures(database)],
  ["an hour's refusals", () => countRefreshFailures(database, new Date())],
  ["refusals of days that are not shown any more", () => removeOldRefreshFailures(database)],
  [
    "a page of accounts in a state",
    () => listAccountsOfState(database, { providers: ["github"], state: "limited", after: null, limit: 10 }),
  ],
  [
    "another page of accounts in a state",
    () =>
      listAccountsOfState(database, {
        providers: ["github", "google"],
        state: null,
        after: { provider: "github", state: "active", id },
        limit: 10,
      }),
  ],
  ["whose key it is", () => findBotOfKey(database, hash)],
  ["a user, by each acting reference", () => findUser(database, { kind: "id", value: id })],
  ["a user, by the platform's id", () => findUser(database, { kind: "ext", value: "x" })],
  ["a user, by login", () => findUser(database, { kind: "login", value: "ada" })],
  ["a user, by GitHub's id", () => findUser(database, { kind: "gh", value: "1" })],
  ["an identity", () => findIdentity(database, { provider: "github", providerUid: "1" })],
  ["whether a user is an admin", () => isAdmin(database, id, { github: ["1"], external: ["x"] })],
  ["a session", () => readSession(database, hash, { github: ["1"], external: ["x"] })],
  ["the end of a session", () => endSession(database, hash)],
  ["a state", () => useTransaction(database, { id: hash, sessionId: hash, provider: "github" })],
  ["what has expired", () => removeExpired(database)],
  ["an account", () => readAccount(database, id)],
  ["a user's account", () => readUserAccount(database, account)],
  ["the account of an identity", () => readAccountOfIdentity(database, { provider: "github", providerUid: "1" })],
  [
    "the account of a refresh token that a provider names",
    () => readAccountsByRefreshTokenName({ database, keyring }, { provider: "google", name: "prefix:1//0abc" }),
  ],
  [
    "the accounts of identities whose ids begin alike",
    () => readAccountsOfIdentities(database, { provider: "github", providerUidPrefix: "1:", after: "", limit: 50 }),
  ],
  ["whether a delivery is known", () => isKnownDelivery(database, { provider: "github", deliveryId: "1" })],
  ["a lease", () => claimLease(database, account, 30)],
  ["a refreshed pair", () => storeRefreshedPair(deps, account, pair)],
  ["accounts that are due", () => claimDueAccounts(database, { provider: "github", limit: 4 })],
  ["a back-off", () => backOff(database, lease, 2)],
  ["a forced refresh", () => allowForcedRefresh(database, account)],
  ["the use of an account", () => touchAccount(database, id)],
  ["the end of an account", () => eraseAccount(database, account, "admin")],
  ["revocations that are due", () => claimRevocation(deps)],
  ["one revocation", () => claimRevocation(deps, id)],
  ["revocations of an identity", () => grantIsEnding(database, id)],
  ["how a revocation stands", () => readRevocationState(database, account)],
  ["a disconnect", () => moveToPendingRevocation(deps, database, account, "admin", "admin")],
  ["delegations of a user", () => listDelegations(database, { userId: id })],
  ["a page of a user's delegations", () => listDelegations(database, { userId: id, after: id, limit: 10 })],
  ["how many permissions a bot has of a person", () => countDelegations(database, { userId: id, botId: id })],
  ["the permissions whose time is over", () => endExpiredDelegations(database)],
  ["the events that are due", () => claimEvents(database, 8)],
  ["an event that was sent", () => removeEvent(database, id)],
  ["an event that was not", () => postponeEvent(database, { id, attempts: 1 }, { seconds: 5, why: "http_500" })],
  ["the events that are given up", () => removeOldEvents(database)],
  ["an event to send again", () => retryEvents(database, id)],
  ["what a person accepted", () => endAccepted(database, { userId: id, provider: "github", botIds: [id] })],
  ["what is offered to a person", () => listOpenOffers(database, { userId: id, provider: "github" })],
  ["what a person was shown of it", () => listOpenOffers(database, { userId: id, provider: "github", among: [id] })],
  ["whose offers these are", () => botsOfOffers(database, { ids: [id], provider: "github" })],
  ["an offer to withdraw", () => withdrawOffer(database, { botId: id, provider: "github" })],
  ["whom a person refused", () => listRefusals(database, { userId: id, provider: "github" })],
  ["a refusal that is forgotten", () => removeRefusal(database, { userId: id, provider: "github", botId: id })],
  ["a bot to limit", () => holdBot(database, id)],
  ["a page of all accounts", () => listLiveAccounts(database, { login: "", after: null, limit: 10 })],
  [
    "another page of accounts whose login begins so",
    () => listLiveAccounts(database, { login: "a", after: { login: "ada", identityId: id }, limit: 10 }),
  ],
  [
    "another page of revocations",
    () => listRevocations(database, { after: `pending~1700000000000000~${id}`, limit: 10 }),
  ],
  ["a revocation to try now", () => hastenRevocation(database, id)],
  ["one revocation's state", () => readRevocation(database, id)],
  ["a user's accounts", () => listUserAccounts(database, id)],
  ["a bot by its name", () => findBot(database, "deploy-bot")],
  ["a bot by its name, also a revoked one", () => findBotEver(database, { name: "deploy-bot" })],
  ["a page of the audit log", () => readAudit(database, { after: "5", limit: 10 })],
  ["a page of what concerns a user", () => readAudit(database, { after: "5", limit: 10, userId: id })],
  ["a page of what a bot did", () => readAudit(database, { after: "5", limit: 10, botId: id })],
  ["a page of one kind of events", () => readAudit(database, { after: "5", limit: 10, action: "disconnect" })],
  ["a page of the log since a moment", () => readAudit(database, { after: "0", limit: 10, since: new Date() })],
  ["the newest of what concerns a user", () => searchAudit(database, { userId: id, before: "5", limit: 10 })],
  [
    "what a user filters by everything",
    () =>
      searchAudit(database, {
        userId: id,
        botId: id,
        actions: ["commit"],
        result: "failed",
        repository: "acme/site",
        from: new Date(),
        to: new Date(),
        before: null,
        limit: 10,
      }),
  ],
  ["the newest of what a bot did", () => searchAudit(database, { botId: id, before: null, limit: 10 })],
  ["the newest of everything", () => searchAudit(database, { before: null, limit: 10 })],
  ["how much was done in a user's name", () => readActivityDays(database, id)],
  ["how much was done by attribution", () => readAttributionDays(database)],
  ["where the counting of days goes on", () => nextUncounted(database, new Date())],
  ["an hour that is counted", () => countHour(database, errand, new Date())],
  ["counts of days that are not shown any more", () => removeOldDays(database)],
  ["who asked for what was done", () => loginsOf(database, [id])],
  ["a delivery that comes in", () => storeDeliveries(deps, [delivery])],
  ["deliveries that are due", () => claimDeliveries(database, 10)],
  ["deliveries that were handled", () => settleDeliveries(database, [id])],
  ["a delivery that failed", () => postponeDelivery(database, { id, attempts: 1 }, "unreachable")],
  ["deliveries that are parked", () => retryParked(database, null)],
  ["audit events that are old", () => removeOldAudit(database, old)],
  ["audit events by their ids", () => readAuditEvents(database, ["1", "2"])],
  ["what of the audit log was sent", () => noteAuditSent(database, [{ id: "1", changes: 0 }])],
  ["deliveries that are old", () => removeOldDeliveries(database, old)],
  ["deliveries that are missing", () => missingDeliveries(database, { provider: "github", deliveryIds: [id] })],
  ["a delivery that is asked for", () => noteDeliveryRequest(database, delivery)],
  ["deliveries that were asked for long ago", () => removeOldRequests(database)],
  ["what a delivery told", () => writeDeliveryAudit(database, { ...delivery, action: "installation.created" })],
  ["a push that GitHub tells of", () => noteForcedPush(database, { repository: "a/b", ref: "r", from: "1", to: "2" })],
  ["a push's events", () => completeAudits(database, [{ id: "1", result: "succeeded" }])],
  ["a connect link that is opened", () => readConnectLink(database, { secretHash: hash })],
  ["what became of a connect link", () => readConnectLink(database, { id })],
  [
    "a connect link that is used",
    () => claimConnectLink(database, { id, sessionId: hash, offerIds: [], refusedOfferIds: [] }),
  ],
  ["a completion code", () => findLinkOfCode(database, hash)],
  ["connect links that end with their user", () => removeConnectLinksOf(database, id)],
  ["connect links that are old", () => removeOldConnectLinks(database)],
  ["a pending connect", () => openPendingConnect(deps, id)],
  ["a pending connect that is confirmed", () => confirmPendingConnect(database, id)],
  ["a pending connect that is completed", () => takePendingConnect(database, id)],
  ["pending connects of a user", () => pendingConnectsOf(database, { userId: id, identityIds: [id] })],
  ["a pending account", () => readPendingIdentity(database, { userId: id, provider: "github" })],
  ["whether an identity is pending", () => identityIsPending(database, id)],
  ["whether a user is nothing but a sign-in", () => userIsVacant(database, id)],
  ["pending connects that nobody completed", () => expiredConnects(database, 10)],
  ["a pending connect that is dropped", () => dropPendingConnect(deps, database, { id, kind: "token" })],
  ["strangers", () => removeStrangers(database)],
  ["an errand", () => claimErrand(database, { name: id, takeOver: false })],
  ["an errand that goes on", () => renewErrand(database, errand)],
  ["the end of an errand", () => endErrand(database, errand, { againInSeconds: 180, doneUntil: null })],
  ["a request's turn", () => claimSlot(database, { name: id, most: 7, seconds: 20 })],
  ["a request's turn that is over", () => freeSlot(database, { name: id, slot: 1, holder: id }, 1)],
  ["the key of the tombstones", () => openLookup(deps)],
  ["a tombstone", () => findTombstone(database, hash)],
  ["a tombstone that is set", () => inUser((userId) => addTombstone(database, { hash, kind: "identity", userId }))],
  ["tombstones that are lifted", () => removeTombstones(database, id)],
  ["a user's status", () => setStatus(database, id, "deactivated")],
  ["the sessions of a user that end", () => endSessionsOf(database, id)],
  ["the delegations of a user that end", () => endDelegationsOf(database, id)],
  ["where a user is signed in", () => listSessions(database, { userId: id, current: hash, limit: 10 })],
  [
    "a session of a user's that ends",
    () => endUserSessions(database, { userId: id, current: hash, which: { publicId: id } }),
  ],
  [
    "the other sessions of a user that end",
    () => endUserSessions(database, { userId: id, current: hash, which: "others" }),
  ],
  ["a session that is seen", () => noteSeen(database, hash)],
  ["the passes that work for a user", () => listLivePasses(database, { userId: id, after: id, limit: 10 })],
  ["a pass that its user ends", () => endUserPasses(database, { userId: id, id })],
  ["whether a pass is a user's", () => isPassOf(database, { userId: id, id })],
  ["the passes of a user that end", () => endPassesOf(database, id)],
  ["the scoped tokens of a user", () => endScopedTokens(deps, database, { userId: id })],
  ["the live accounts of a user", () => liveAccountsOf(database, { userId: id, identityIds: [id] })],
  ["the revocations of a user", () => readRevocationsOf(database, id)],
  ["the identities of a user", () => lockIdentitiesOf(database, id)],
  ["the names of a user", () => readNames(database, [id])],
  ["a user's delegations that are removed", () => removeDelegationsOf(database, id)],
  ["a user's refusals that are removed", () => removeRefusalsOf(database, id)],
  ["a user's accounts that are removed", () => removeAccounts(database, { userId: id, identityIds: [id] })],
  ["a user's identities that are removed", () => removeIdentities(database, [id])],
  ["erasures that are due", () => claimErasure(deps)],
  ["one erasure", () => claimErasure(deps, id)],
  ["an erasure that was searched for", () => settleErasure(database, id)],
  ...namedPlaces.map((place): [string, () => Promise<unknown>] => [
    `names in ${place.table}`,
    () => {
      const after = place.key.map(({ type }) => ({ bigint: "1", uuid: id })[type] ?? "");
      return rewriteNextRows(database, place, { after, words: ["ada"] }, (row) => row);
    },
  ]),
  ["the end of an audit event", () => completeAudit(database, "5", { result: "succeeded" })],
  ["repositories that are due", () => claimDueRepositories(database, 2)],
  ["repositories whose process has died", () => freeLostRepositories(database)],
  ["a repository that is kept", () => renewSyncLease(database, { id, leaseId: id })],
  ["the end of a sync", () => endSyncLease(database, { id, leaseId: id }, { kind: "done" })],
  ["a push to a repository", () => wantSync(database, { provider: "github", number: 7 }, "push")],
  ["a sync that is asked for", () => wantSync(database, { id }, "request")],
  ["a page of repositories", () => listRepositories(database, { after: id, limit: 10 })],
  ["which repositories there are", () => knownRepositories(database, [id])],
  ["what is synced as a user", () => endSyncsAs(database, id)],
  ["an owner's repositories", () => removeRepositoriesOf(database, { provider: "github", logins: ["ada"] })],
  ["a page of runs", () => listSyncs(database, { repositoryId: id, after: id, limit: 10 })],
  ["runs that are old", () => removeOldSyncs(database, old)],
  ["a comment to answer", () => claimComment(database, { provider: "github", number: 7, repositoryNumber: 7 })],
  [
    "a comment that was answered",
    () => settleComment(database, { provider: "github", number: 7, repositoryNumber: 7 }),
  ],
  ["comments that are old", () => removeOldComments(database)],
  ["what bots may do as who comments", () => readCommenter(database, { provider: "github", providerUid: "1" })],
  ["with whose authorisation a sync runs", () => readSyncingPerson(database, { userId: id, provider: "github" })],
  ...rotations,
];

test.each(searches)("%s: each search has its index", async (_what, search) => {
  sent = [];
  await search();
  expect(sent.length).toBeGreaterThan(0);
  for (const statement of sent)
    expect({ text: statement.text, scans: await wideScans(statement) }).toMatchObject({ scans: [] });
});

test.each(["user_external_accounts", "pending_revocations"])(
  "the rows of %s that a key seals come from its index in their order: none is looked at that is not wanted",
  async (name) => {
    for (const keyId of ["k1", undefined]) {
      sent = [];
      await readSealed(database, sealedPlace(name), { after: id, keyId, rows: 10 });
      const [statement = { text: "" }] = sent;
      expect((await planOf(statement)).flatMap(nodesIn)).not.toContain("Sort");
    }
  },
);

test("a search without an index is found out", async () => {
  expect(await wideScans({ text: "SELECT 1 FROM users WHERE role = $1", values: ["admin"] })).toEqual([
    "Seq Scan on users",
  ]);
});
