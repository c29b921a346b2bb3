import { mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migrate, pending, rollback } from "../../src/store/migrate.ts";
import { createTestDatabase } from "../harness/database.ts";

const directory = new URL("../../migrations/", import.meta.url);
const names = (await readdir(directory)).map((file) => file.replace(/\.ts$/, "")).sort();

const ids = {
  user: "00000000-0000-4000-8000-000000000001",
  identity: "00000000-0000-4000-8000-000000000002",
  bot: "00000000-0000-4000-8000-000000000003",
  erased: "00000000-0000-4000-8000-000000000004",
  link: "00000000-0000-4000-8000-000000000005",
};

/** A row for each table that a migration made, as it was then: the migrations after it must cope with them. */
const rows: Record<string, string> = {
  "001_initial": `
    INSERT INTO encryption_keys (id, check_value) VALUES ('k1', '\\x01');
    INSERT INTO users (id, external_id) VALUES ('${ids.user}', 'ä/1');
    INSERT INTO identities (id, provider, provider_uid, user_id, login, email)
      VALUES ('${ids.identity}', 'github', '1', '${ids.user}', 'ada', 'ada@example.com');
    INSERT INTO user_external_accounts (user_id, provider, identity_id, state, access_token, refresh_token, key_id,
      access_expires_at, lease_id, lease_until)
      VALUES ('${ids.user}', 'github', '${ids.identity}', 'active', '\\x02', '\\x03', 'k1', now(), gen_random_uuid(), now());
    INSERT INTO user_external_accounts (user_id, provider, identity_id, state, revoked_at, revocation_reason)
      VALUES ('${ids.user}', 'github-lite', '${ids.identity}', 'revoked', now(), 'refresh_failed');
    INSERT INTO pending_revocations (provider, kind, user_id, identity_id, access_token, key_id)
      VALUES ('github', 'grant', '${ids.user}', '${ids.identity}', '\\x04', 'k1');
    INSERT INTO pending_revocations (provider, kind, state) VALUES ('github', 'token', 'unconfirmed');
    INSERT INTO browser_sessions (id, user_id, expires_at) VALUES ('\\x05', '${ids.user}', now());
    INSERT INTO oauth_transactions (id, session_id, provider, purpose, expires_at)
      VALUES ('\\x06', '\\x05', 'github', 'connect', now());
    INSERT INTO bots (id, name, kind) VALUES ('${ids.bot}', 'deploy-bot', 'bot');
    INSERT INTO keys (bot_id, key_hash) VALUES ('${ids.bot}', '\\x07');
    INSERT INTO delegations (user_id, bot_id, provider, repositories, branches, capabilities, granted_by)
      VALUES ('${ids.user}', '${ids.bot}', 'github', '{acme/*}', '{*}', '{commit}', 'user');
    INSERT INTO audit_events (action, actor, result, user_id, bot_id, identity_id)
      VALUES ('commit', 'bot', 'started', '${ids.user}', '${ids.bot}', '${ids.identity}');`,
  "002_commits": `
    INSERT INTO commits (bot_id, idempotency_key, body_hash, status, answer)
      VALUES ('${ids.bot}', 'key-1', '\\x08', 201, '{"oid": "x"}');
    INSERT INTO commits (bot_id, idempotency_key, body_hash, run_id) VALUES ('${ids.bot}', 'key-2', '\\x09', gen_random_uuid());
    UPDATE users SET sign_off = true;
    UPDATE identities SET commit_email = 'ada@example.com';`,
  "003_deliveries": `
    INSERT INTO deliveries (id, provider, delivery_id, event, payload, key_id)
      VALUES (gen_random_uuid(), 'github', 'd-1', 'push', '\\x0a', 'k1');
    INSERT INTO deliveries (id, provider, delivery_id, event, state, settled_at)
      VALUES (gen_random_uuid(), 'github', 'd-2', 'push', 'handled', now());
    INSERT INTO deliveries (id, provider, delivery_id, event, payload, key_id, state, settled_at, last_error)
      VALUES (gen_random_uuid(), 'github', 'd-3', 'push', '\\x0b', 'k1', 'failed', now(), 'throttled');
    INSERT INTO requested_deliveries (provider, delivery_id) VALUES ('github', 'd-4');
    INSERT INTO errands (name, done_until) VALUES ('failed deliveries of github', now());
    INSERT INTO audit_events (action, actor, result, provider, delivery_id)
      VALUES ('installation.created', 'provider', 'succeeded', 'github', 'd-2');`,
  "004_erasure": `
    INSERT INTO users (id, status, erased_at) VALUES ('${ids.erased}', 'deactivated', now());
    UPDATE identities SET former_logins = '{lovelace}';
    INSERT INTO lookup_keys (id, secret, key_id) VALUES ('tombstones', '\\x0c', 'k1');
    INSERT INTO tombstones (hash, kind, user_id) VALUES ('\\x0d', 'identity', '${ids.erased}');
    INSERT INTO erasures (id, user_id, names, key_id) VALUES (gen_random_uuid(), '${ids.erased}', '\\x0e', 'k1');
    INSERT INTO pending_revocations (provider, kind, user_id, identity_id, access_token, key_id, refresh_until)
      VALUES ('github', 'grant', '${ids.erased}', gen_random_uuid(), '\\x0f', 'k1', now());`,
  "005_look_at_accounts": `
    UPDATE user_external_accounts SET look_at = now() - interval '1 day';`,
  "006_single_sign_on": `
    UPDATE user_external_accounts SET single_sign_on = '{"acme": {"url": null, "id": "1", "at": "2026-11-01T00:00:00Z"}}';`,
  "007_key_rotation": "UPDATE deliveries SET key_id = 'k2' WHERE payload IS NOT NULL",
  "008_platform": `
    INSERT INTO audit_events (action, actor, result, user_id, bot_id)
      VALUES ('disconnect', 'platform', 'succeeded', '${ids.user}', '${ids.bot}');
    INSERT INTO audit_events (action, actor, result, user_id, requested_by)
      VALUES ('disconnect', 'admin', 'succeeded', '${ids.user}', '${ids.user}');`,
  "009_passes": `
    UPDATE bots SET ceiling = '{"repositories": ["acme/*"], "branches": ["*"], "capabilities": ["commit"]}';
    INSERT INTO passes (pass_hash, bot_id, made_with, user_id, provider, delegation_ids, repositories, repository_ids,
      branches, capabilities, expires_at)
      SELECT '\\x09', bot_id, id, '${ids.user}', 'github', ARRAY[gen_random_uuid()], '{acme/site}', '{1}', '{*}',
        '{commit}', now() FROM keys;
    UPDATE audit_events SET pass_id = gen_random_uuid();
  `,
  "010_scoped_tokens": `
    INSERT INTO scoped_tokens (id, pass_id, user_id, provider, token, key_id, end_at)
      SELECT gen_random_uuid(), id, user_id, provider, '\\x10', 'k1', expires_at FROM passes;`,
  "011_git_pushes": `
    INSERT INTO audit_events (action, actor, result, repository, detail)
      VALUES ('git.push', 'bot', 'started', 'acme/site', '{"ref": "refs/heads/main", "from": "0", "to": "1"}');`,
  "012_offers": `
    INSERT INTO offers (bot_id, provider, repositories, branches, capabilities)
      VALUES ('${ids.bot}', 'github', '{acme/*}', '{*}', '{commit}');
    INSERT INTO refusals (user_id, bot_id, provider) VALUES ('${ids.user}', '${ids.bot}', 'github');
    UPDATE oauth_transactions SET offer_ids = ARRAY[gen_random_uuid()];
    INSERT INTO delegations (user_id, bot_id, provider, repositories, branches, capabilities, granted_by)
      VALUES ('${ids.user}', '${ids.bot}', 'github', '{acme/*}', '{*}', '{commit}', 'offer');`,
  "013_repositories": `
    INSERT INTO repositories (provider, number, name, synced_by_user_id, every_seconds, next_sync_at)
      VALUES ('github', 7, 'acme/site', '${ids.user}', 300, now());
    INSERT INTO syncs (repository_id, reason, attribution, user_id, identity_id)
      SELECT id, 'push', 'user', '${ids.user}', '${ids.identity}' FROM repositories;
    INSERT INTO answered_comments (provider, number, repository_number, answered_at) VALUES ('github', 8, 7, now());`,
  "014_asked_scopes": `
    UPDATE oauth_transactions SET scopes = '{openid,email}';
    UPDATE user_external_accounts SET scopes = '["openid"]', metadata = '{"host": "example.amocrm.ru"}';`,
  "015_events": `
    INSERT INTO event_receivers DEFAULT VALUES;
    UPDATE user_external_accounts SET state = 'limited', scopes = '["a"]' WHERE state = 'active';
    UPDATE delegations SET ended_at = now(), end_reason = 'user' WHERE ended_at IS NULL;
    UPDATE events SET failed_at = now(), last_error = 'http_500' WHERE type = 'delegation.ended';`,
  "016_connect_links": `
    INSERT INTO connect_links (id, secret_hash, user_id, bot_id, provider, scopes, return_to, expires_at, session_id, code_hash)
      VALUES ('${ids.link}', '\\x11', '${ids.user}', '${ids.bot}', 'github', '{repo}', 'https://app.example.com/', now(),
        '\\x05', '\\x12');
    INSERT INTO pending_connects (id, user_id, provider, identity_id, access_token, refresh_token, key_id, scopes, metadata,
        asked_at, expires_at, confirmed_at)
      VALUES ('${ids.link}', '${ids.user}', 'github', '${ids.identity}', '\\x13', '\\x14', 'k1', '["repo"]', '{}', now(),
        now(), now());
    UPDATE oauth_transactions SET link_id = '${ids.link}';`,
  "017_refresh_token_names": `UPDATE user_external_accounts SET refresh_token_names = '{"\\\\x0c"}' WHERE state <> 'revoked'`,
  "018_request_slots": "INSERT INTO request_slots (name, slot, free_at) VALUES ('amocrm', 1, now())",
  "020_identity_order": "",
  "021_audit_stream": `
    INSERT INTO audit_receivers DEFAULT VALUES;
    INSERT INTO audit_events (action, actor, result, user_id) VALUES ('commit', 'bot', 'started', '${ids.user}');
    UPDATE audit_events SET result = 'succeeded', completed_at = now() WHERE result = 'started';`,
  "022_pages": `
    INSERT INTO activity_days (user_id, day, bot_id, events) VALUES ('${ids.user}', '2026-11-01', '${ids.bot}', 7);
    INSERT INTO attribution_days (day, attribution, events) VALUES ('2026-11-01', 'user', 7);
    INSERT INTO errands (name, done_until) VALUES ('activity days', now());
    INSERT INTO audit_events (at, action, actor, result, provider, detail)
      VALUES (now() - interval '2 hours', 'account.revoked', 'provider', 'succeeded', 'github', '{"reason": "refresh_failed"}');`,
  "023_admin": `
    UPDATE keys SET ends_at = now() + interval '1 hour', last_used_at = now();
    UPDATE repositories SET needs_delegation = true;
    INSERT INTO refresh_failure_days (day, provider, events) VALUES ('2026-11-01', 'google', 2);`,
  "024_provider_issuers":
    "INSERT INTO provider_issuers (provider, issuer) VALUES ('google', 'https://accounts.google.com')",
};

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let client: pg.Client;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  folder = await mkdtemp(join(tmpdir(), "onbehalf-migrations-"));
});
afterAll(async () => {
  await client.end();
  await database.drop();
  await rm(folder, { recursive: true });
});

async function query(text: string): Promise<Record<string, unknown>[]> {
  const result: pg.QueryResult | pg.QueryResult[] = await client.query(text);
  return Array.isArray(result) ? [] : result.rows;
}

/** A folder with a link to one more migration. */
async function optionsWith(name: string): Promise<{ url: string; directory: URL }> {
  await symlink(fileURLToPath(new URL(`${name}.ts`, directory)), join(folder, `${name}.ts`));
  return { url: database.url, directory: pathToFileURL(`${folder}/`) };
}

/** Tables, columns, indexes, constraints, functions and triggers, as PostgreSQL describes them. */
function schema(): Promise<Record<string, unknown>[]> {
  return query(`SELECT * FROM (
      SELECT 'column' AS kind, table_name || '.' || column_name AS name,
        concat_ws(' ', data_type, is_nullable, column_default) AS definition
      FROM information_schema.columns WHERE table_schema = 'public'
      UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
      UNION ALL SELECT 'constraint', conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
      UNION ALL SELECT 'function', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      UNION ALL SELECT 'trigger', tgrelid::regclass || ' ' || tgname, pg_get_triggerdef(oid)
      FROM pg_trigger WHERE NOT tgisinternal) AS every
    WHERE name NOT LIKE 'knex%' ORDER BY kind, name`);
}

/** Every row of every table of ours. */
async function contents(): Promise<Record<string, Record<string, unknown>[]>> {
  const tables = await query(`SELECT table_name AS name FROM information_schema.tables
    WHERE table_schema = 'public' AND table_name NOT LIKE 'knex%' ORDER BY 1`);
  const found: Record<string, Record<string, unknown>[]> = {};
  for (const { name } of tables) {
    found[String(name)] = (await query(`SELECT to_jsonb(t) AS row FROM ${name} t ORDER BY to_jsonb(t)::text`)).map(
      ({ row }) => ({ ...Object(row) }),
    );
  }
  return found;
}

test("all migrations can be taken back, and leave nothing behind", async () => {
  expect((await rollback({ url: database.url, all: true })).reverted).toEqual([...names].reverse());
  expect(await schema()).toEqual([]);
  expect(await pending({ url: database.url })).toEqual(names);
});

test("each migration goes forward on a filled database, and back to just what was there before", async () => {
  const forward = [];
  for (const name of names) {
    const before = { schema: await schema(), contents: await contents() };
    const options = await optionsWith(name);
    expect(await migrate(options)).toEqual({ applied: [name] });
    const kept = await contents();
    for (const [table, held] of Object.entries(before.contents)) {
      expect(kept[table]).toEqual(expect.arrayContaining(held.map((row) => expect.objectContaining(row))));
    }

    const after = await schema();
    expect(await rollback(options)).toEqual({ reverted: [name] });
    expect({ schema: await schema(), contents: await contents() }).toEqual(before);
    await migrate(options);
    expect(await schema()).toEqual(after);

    const fill = rows[name];
    if (fill === undefined) throw new Error(`give ${name} rows in this test, so that later migrations meet them`);
    await query(fill);
    forward.push({ ...before, options, name });
  }
  for (const { name, options, schema: before, contents: rowsBefore } of forward.reverse()) {
    expect(await rollback(options)).toEqual({ reverted: [name] });
    await rm(join(folder, `${name}.ts`));
    expect(await schema()).toEqual(before);
    expect(Object.keys(await contents())).toEqual(Object.keys(rowsBefore));
  }
});
