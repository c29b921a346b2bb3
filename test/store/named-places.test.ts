import { afterAll, beforeAll, expect, test } from "vitest";
import { createLog } from "../../src/log.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { namedPlaces } from "../../src/store/erasure/named-places.ts";
import { createTestDatabase } from "../harness/database.ts";

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase({ log: createLog({ level: "silent" }) }, { url: testDatabase.url });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

/** Texts that an erasure leaves as they are, by the reason. */
const left: Record<string, string[]> = {
  "goes with the person's own row": [
    "identities.avatar_url",
    "identities.commit_email",
    "identities.display_name",
    "identities.email",
    "identities.former_logins",
    "identities.login",
    "identities.provider_uid",
    "repositories.name",
    "user_external_accounts.ended_by",
    "user_external_accounts.metadata",
    "user_external_accounts.revocation_reason",
    "user_external_accounts.scopes",
    "user_external_accounts.single_sign_on",
    "user_external_accounts.state",
    "users.external_id",
  ],
  "is one of few words of ours, or a number": [
    "attribution_days.attribution",
    "audit_events.action",
    "audit_events.actor",
    "audit_events.attribution",
    "audit_events.code",
    "audit_events.request_id",
    "audit_events.result",
    "bots.kind",
    "browser_sessions.browser",
    "commits.attempts",
    "delegations.capabilities",
    "delegations.end_reason",
    "delegations.granted_by",
    "deliveries.last_error",
    "deliveries.state",
    "errands.name",
    "events.account_state",
    "events.last_error",
    "events.reason",
    "events.type",
    "lookup_keys.id",
    "connect_links.outcome",
    "connect_links.scopes",
    "oauth_transactions.purpose",
    "oauth_transactions.scopes",
    "offers.capabilities",
    "passes.capabilities",
    "repositories.wanted_by",
    "request_slots.name",
    "syncs.attribution",
    "syncs.code",
    "syncs.fallback_reason",
    "syncs.reason",
    "syncs.result",
    "pending_connects.metadata",
    "pending_connects.scopes",
    "pending_revocations.kind",
    "pending_revocations.last_error",
    "pending_revocations.state",
    "tombstones.kind",
    "users.role",
    "users.status",
  ],
  "is the sender's own number of a delivery, or the name of its event": [
    "audit_events.delivery_id",
    "deliveries.delivery_id",
    "deliveries.event",
    "requested_deliveries.delivery_id",
  ],
  "a permission means what it says: a branch or path that looks like a login may be anything": [
    "delegations.branches",
    "offers.branches",
  ],
  "was chosen by an operator, or by a bot to tell its own calls apart": [
    "bots.name",
    "commits.idempotency_key",
    "provider_issuers.issuer",
  ],
  "is the platform's own id, which must learn whose account has ended, and goes when the event is sent or given up": [
    "events.external_id",
  ],
  "is an address of the platform's own, and goes within two hours, that of an erased user at once": [
    "connect_links.return_to",
  ],
  "is a path of ours, and goes within the hour": ["oauth_transactions.return_to"],
};

test("every text that may name a person is searched when they are erased, or has a reason why not", async () => {
  const { rows } = await database.query<{ name: string }>({
    text: `SELECT c.table_name || '.' || c.column_name AS name FROM information_schema.columns c
      WHERE c.table_schema = 'public' AND c.table_name NOT LIKE 'knex%'
        AND (c.data_type IN ('text', 'character varying', 'json', 'jsonb') OR c.udt_name IN ('_text', '_varchar'))
        -- The id of a provider, and of a key, name no person.
        AND c.column_name NOT IN ('provider', 'key_id') AND c.table_name <> 'encryption_keys' ORDER BY 1`,
  });
  const searched = namedPlaces.flatMap(({ table, columns }) => columns.map(({ column }) => `${table}.${column}`));
  expect([...searched, ...Object.values(left).flat()].sort()).toEqual(rows.map(({ name }) => name).sort());
});
