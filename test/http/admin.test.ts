import { afterEach, beforeAll, expect, test } from "vitest";
import { codeOf } from "../harness/authorization.ts";
import { Browser, type Page } from "../harness/browser.ts";
import { type Committer, committer, endings, newcomer, tokensAtGithub } from "../harness/people.ts";
import { expectProblem } from "../harness/problem.ts";
import { accountOf, auditSince, lastAudit, rowsOf, stored } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack({ environment: { ADMIN_USERS: "gh.583231" } });
let admin: Browser;
let adminId: unknown;

beforeAll(async () => {
  ({ browser: admin } = await stack.signIn("ada"));
  adminId = (await rowsOf(stack, "identities"))[0]?.user_id;
});
afterEach(() => stack.sandbox.faults.clear());

const open = (path: string, browser = admin) => browser.open(`${stack.url}${path}`);
const accountIdOf = async ({ userId }: Committer) => String((await accountOf(stack, userId))?.id);
/** Presses Revoke at somebody, whom a search finds. */
async function revoke(person: Committer): Promise<Page> {
  const page = await open(`/admin/accounts?q=${person.login}`);
  return admin.submit(page, `/admin/accounts/${await accountIdOf(person)}/revoke`);
}
/** The logins on a page of accounts, in its order. */
const loginsOn = ({ text }: Page) => [...text.matchAll(/<span>@([\w-]+) · GitHub<\/span>/g)].map(([, login]) => login);

test("an admin sees everybody's accounts, and everybody else finds nothing there", async () => {
  const person = await committer(stack);
  const page = await open(`/admin/accounts?q=${person.login}`);
  expect(page.status).toBe(200);
  expect(loginsOn(page)).toEqual([person.login]);
  expect(page.text).toContain("Connected <time");
  expect(page.text).toContain("Not used yet");
  expect((await person.browser.open(`${stack.url}/accounts`)).text).not.toContain("/admin/");
  const id = await accountIdOf(person);
  const before = { rows: await stored(stack), audit: await lastAudit(stack), ended: endings(stack, "grant") };
  for (const path of ["/admin/accounts", "/admin/revocations"]) {
    const refused = await open(path, person.browser);
    expect([refused.status, codeOf(refused)]).toEqual([404, "not_found"]);
    expect((await open(path, new Browser())).text).toContain("Sign in with GitHub");
  }
  for (const path of [`/admin/accounts/${id}/revoke`, `/admin/revocations/${id}/retry`]) {
    expect((await person.browser.post(`${stack.url}${path}`)).status).toBe(404);
    expect((await new Browser().post(`${stack.url}${path}`)).text).toContain("Sign in with GitHub");
    const forged = await admin.post(`${stack.url}${path}`, {}, "https://evil.example/");
    expect([forged.status, codeOf(forged)]).toEqual([403, "forbidden_origin"]);
  }
  expect({ rows: await stored(stack), audit: await lastAudit(stack), ended: endings(stack, "grant") }).toEqual(before);
});

test("a revoked account is over at once, here and at GitHub, and the log names the admin", async () => {
  const person = await committer(stack);
  const audit = await lastAudit(stack);
  const page = await revoke(person);
  expect(page.url).toBe(`${stack.url}/admin/accounts?done=done`);
  expect(page.text).toContain("Revoked, and the authorisation was ended at the provider.");
  expect(loginsOn(page)).not.toContain(person.login);
  expect(tokensAtGithub(stack, person.login)).toBeNull();
  expect(await accountOf(stack, person.userId)).toMatchObject({ state: "revoked", revocation_reason: "admin" });
  expectProblem(await person.commit(), 403, "account_revoked", { action_url: `${stack.url}/accounts` });
  const events = (await auditSince(stack, audit)).filter(({ action }) => action === "disconnect");
  expect(events).toMatchObject([
    { actor: "admin", requested_by: adminId, user_id: person.userId, detail: { reason: "admin" } },
  ]);
  const own = await open("/accounts", person.browser);
  expect(own.text).toContain("An administrator ended this access, or the platform that you use it from.");
  expect((await stack.connect(person.login, person.browser)).page.text).toContain("Connected.");
  expect((await person.commit()).status).toBe(201);
});

test("an account that is revoked twice is ended once", async () => {
  const person = await committer(stack);
  const id = await accountIdOf(person);
  await revoke(person);
  const [audit, ended] = [await lastAudit(stack), endings(stack, "grant")];
  expect((await admin.post(`${stack.url}/admin/accounts/${id}/revoke`)).url).toContain("done=done");
  expect([await auditSince(stack, audit), endings(stack, "grant")]).toEqual([[], ended]);
  const unknown = await admin.post(`${stack.url}/admin/accounts/00000000-0000-4000-8000-000000000000/revoke`);
  expect([unknown.status, codeOf(unknown)]).toEqual([404, "not_found"]);
  expect((await admin.post(`${stack.url}/admin/accounts/nonsense/revoke`)).status).toBe(400);
});

test("what GitHub has not confirmed is listed with its last error, and an admin has it tried now", async () => {
  const person = await committer(stack);
  stack.sandbox.faults.add({ match: { method: "DELETE", path: /\/grant$/ }, times: 2, respond: { status: 503 } });
  const page = await revoke(person);
  expect(page.url).toBe(`${stack.url}/admin/accounts?done=pending`);
  expect(page.text).toContain('href="/admin/revocations"');
  const [row] = await rowsOf(stack, "pending_revocations");
  await stack.database.query({ text: "UPDATE pending_revocations SET next_attempt_at = now() + interval '9 minutes'" });
  const list = await open("/admin/revocations");
  expect(list.text).toContain(`@${person.login} · GitHub`);
  for (const words of ["Pending", "Tried once", "Next try", "The last try: GitHub answered 503."]) {
    expect(list.text).toContain(words);
  }
  const again = await admin.submit(list, `/admin/revocations/${row?.id}/retry`);
  expect(again.url).toBe(`${stack.url}/admin/revocations?done=pending`);
  expect(again.text).toContain("Tried 2 times");
  const last = await admin.submit(again, `/admin/revocations/${row?.id}/retry`);
  expect(last.url).toBe(`${stack.url}/admin/revocations?done=done`);
  expect(last.text).not.toContain(person.login);
  expect(tokensAtGithub(stack, person.login)).toBeNull();
});

test("what can't be confirmed any more is listed as that, with nothing to retry", async () => {
  const person = await committer(stack);
  stack.sandbox.expireAccessToken(person.login);
  await stack.database.query({
    text: "UPDATE user_external_accounts SET access_expires_at = now() - interval '1 s' WHERE user_id = $1",
    values: [person.userId],
  });
  const respond = { status: 200, body: { error: "bad_refresh_token" } };
  stack.sandbox.faults.add({ match: { operation: "refresh" }, respond });
  expect((await revoke(person)).url).toBe(`${stack.url}/admin/accounts?done=unconfirmed`);
  const list = await open("/admin/revocations");
  expect(list.text).toContain("Unconfirmed");
  expect(list.text).toContain("the tokens are dead");
  expect(list.text).not.toContain("/retry");
  await stack.database.query({ text: "DELETE FROM pending_revocations" });
});

test("lists are cut into pages that hold everybody once, in order, and a search tells no cases apart", async () => {
  const people = Array.from({ length: 120 }, (_, index) => `Zoe-${String(index * 7919).padStart(6, "0")}`);
  await stack.database.query({
    text: `WITH made AS (
        INSERT INTO users (external_id) SELECT login FROM unnest($1::text[]) login RETURNING id, external_id
      ), seen AS (
        INSERT INTO identities (provider, provider_uid, user_id, login)
        SELECT 'github', 'z' || external_id, id, external_id FROM made RETURNING id, user_id
      ), ended AS (
        INSERT INTO pending_revocations (provider, kind, user_id, identity_id, state, last_error)
        SELECT 'github', 'grant', user_id, id, 'unconfirmed', 'dead' FROM seen
      )
      INSERT INTO user_external_accounts (user_id, provider, identity_id, state, access_token, key_id)
      SELECT user_id, 'github', id, 'active', '\\x00', 'k' FROM seen`,
    values: [people],
  });
  const walk = async (start: string) => {
    const found: (string | undefined)[][] = [];
    for (let path: string | undefined = start; path; ) {
      const page = await open(path);
      expect(page.status).toBe(200);
      found.push(loginsOn(page));
      path = /href="([^"]+)">Next page/.exec(page.text)?.[1]?.replaceAll("&amp;", "&");
    }
    return found;
  };
  const accounts = await walk("/admin/accounts?q=%40zOE-");
  expect(accounts.map(({ length }) => length)).toEqual([50, 50, 20]);
  expect(accounts.flat()).toEqual(people.sort());
  const revocations = await walk("/admin/revocations");
  expect(revocations.map(({ length }) => length)).toEqual([50, 50, 20]);
  expect(revocations.flat().sort()).toEqual(people);
  await stack.database.query({ text: "DELETE FROM pending_revocations" });
  await stack.database.query({ text: "DELETE FROM user_external_accounts WHERE key_id = 'k'" });
});

test.each(["q=%00", "q=%25_%27", "after=x", "after=%00~%00", "done=nonsense", `q=${"x".repeat(200)}`, "q=a&q=b"])(
  "an address that makes no sense is no error: %s",
  async (search) => {
    for (const path of ["/admin/accounts", "/admin/revocations"]) {
      expect((await open(`${path}?${search}`)).status).toBe(200);
    }
  },
);

test("an admin acts as nobody: not by an admin's session, and not by what the pages show", async () => {
  const person = await committer(stack);
  const cookie = admin.cookies(stack.url);
  expectProblem(await stack.commit("", { user: `gh.${person.id}` }, { headers: { cookie } }), 401, "key_missing");
  const page = await open(`/admin/accounts?q=${person.login}`);
  const forms = [...page.text.matchAll(/<form [^>]*action="([^"]+)"/g)].map(([, action]) => action);
  expect(forms).toEqual(["/sign-out", "/admin/accounts", `/admin/accounts/${await accountIdOf(person)}/revoke`]);
});

test("who is taken off ADMIN_USERS is no admin after the restart, in a session from before, too", async () => {
  const { login } = newcomer(stack);
  const { browser } = await stack.signIn(login);
  const at = async (adminUsers: string | undefined, person: Browser) => {
    const replica = await stack.replica({ ADMIN_USERS: adminUsers });
    person.setCookies(replica.url, person.cookies(stack.url));
    return (await person.open(`${replica.url}/admin/accounts`)).status;
  };
  expect([await at(undefined, admin), (await open("/admin/accounts")).status]).toEqual([404, 200]);
  const { rows } = await stack.database.query<{ uid: string }>({
    text: "SELECT provider_uid AS uid FROM identities WHERE login = $1",
    values: [login],
  });
  expect(await at(`gh.${rows[0]?.uid}`, browser)).toBe(200);
});
