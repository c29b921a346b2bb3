import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { codeOf } from "../harness/authorization.ts";
import { Browser, type Page } from "../harness/browser.ts";
import { register } from "../harness/mirrored.ts";
import { type Committer, committer, newcomer, tokensAtGithub } from "../harness/people.ts";
import { auditSince, lastAudit, rowsOf, stored } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack({ environment: { ADMIN_USERS: "gh.583231" } });
const hostile = `<img src=x onerror=alert(1)>"'`;
let admin: Browser;
let adminId: string;

beforeAll(async () => {
  ({ browser: admin, userId: adminId } = await stack.connect("ada"));
});

const open = (path: string, browser = admin) => browser.open(`${stack.url}${path}`);
const post = (path: string, fields: Record<string, string> = {}) => admin.post(`${stack.url}${path}`, fields);
const keyOn = ({ text }: Page) => /<code>(ob_[\w-]{43})<\/code>/.exec(text)?.[1] ?? "";
const botOf = async (name: string) => String((await rowsOf(stack, "bots")).find((bot) => bot.name === name)?.id);
const keysOf = async (botId: string) =>
  (await rowsOf(stack, "keys")).filter((key) => key.bot_id === botId).map(({ id }) => String(id));
const query = (text: string, values: unknown[] = []) => stack.database.query({ text, values });
/** Whether a key lets its bot in. */
const letIn = async (key: string) => (await stack.call("GET", "/api/v1/audit-events?limit=1", { key })).status === 200;
/** What an admin did since, as the log has it. */
const done = async (after: number) =>
  (await auditSince(stack, after)).filter(({ actor, requested_by }) => actor === "admin" && requested_by === adminId);

describe("keys", () => {
  test("a key is shown once, when it is made, and nothing of it can be seen again", async () => {
    const audit = await lastAudit(stack);
    const made = await admin.submit(await open("/admin/bots"), "Create and show the key", { name: "shown-once" });
    const key = keyOn(made);
    expect([made.status, made.headers.get("cache-control"), await letIn(key)]).toEqual([200, "no-store", true]);
    const id = await botOf("shown-once");
    for (const path of ["/admin/bots", `/admin/bots/${id}`, "/admin/audit"]) {
      expect((await open(path)).text).not.toContain(key);
    }
    expect(JSON.stringify([await stored(stack), stack.log])).not.toContain(key);
    expect(await done(audit)).toMatchObject([{ action: "bot.create", bot_id: id, detail: { name: "shown-once" } }]);
    const again = await post("/admin/bots", { name: "shown-once" });
    expect([again.status, keyOn(again)]).toEqual([400, ""]);
    expect(again.text).toContain("A bot named &quot;shown-once&quot; exists");
  });

  test("two keys overlap until the old one's time is over, and the log says who made the second", async () => {
    const { id, key: old } = await stack.bot("overlapping");
    const audit = await lastAudit(stack);
    const made = await admin.submit(await open(`/admin/bots/${id}`), "Make another key", { old: "3600" });
    const next = keyOn(made);
    expect([await letIn(old), await letIn(next)]).toEqual([true, true]);
    expect((await open(`/admin/bots/${id}`)).text).toContain("Ending</span>");
    expect(await done(audit)).toMatchObject([{ action: "bot.key_create", bot_id: id }]);
    const third = await post(`/admin/bots/${id}/keys`, { old: "3600" });
    expect([third.status, keyOn(third)]).toEqual([400, ""]);
    expect(third.text).toContain("The bot has 2 keys in force");
    await query("UPDATE keys SET ends_at = now() - interval '1 ms' WHERE bot_id = $1 AND ends_at IS NOT NULL", [id]);
    expect([await letIn(old), await letIn(next)]).toEqual([false, true]);
  });

  test("an old key ends by hand, with the passes that it made", async () => {
    const person = await committer(stack);
    const id = await botOf(`bot-of-${person.login}`);
    const passBody = { user: `gh.${person.id}`, repositories: [person.repository], capabilities: ["commit"] };
    const { body: pass } = await stack.call("POST", "/api/v1/passes", {
      key: person.key,
      body: { ...passBody, expires_in: 600 },
    });
    const withPass = (path: string) =>
      stack.commit(String(pass.pass), {
        user: `gh.${person.id}`,
        repository: person.repository,
        changes: [{ path, content: "hello\n" }],
      });
    expect((await withPass("before.txt")).status).toBe(201);
    const [first] = await keysOf(id);
    const next = keyOn(await post(`/admin/bots/${id}/keys`, { old: "hand" }));
    expect([await letIn(person.key), await letIn(next)]).toEqual([true, true]);
    const audit = await lastAudit(stack);
    const ended = await post(`/admin/bots/${id}/keys/${first}/end`);
    expect(ended.text).toContain("It lets nobody in any more.");
    expect([await letIn(person.key), await letIn(next)]).toEqual([false, true]);
    expect((await withPass("after.txt")).body).toMatchObject({ code: "pass_scope" });
    expect(await done(audit)).toMatchObject([{ action: "bot.key_end", bot_id: id, detail: { key: first } }]);
    expect((await post(`/admin/bots/${id}/keys/${first}/end`)).status).toBe(404);
  });

  test("all keys from before end at once where an admin says so", async () => {
    const { id, key: old } = await stack.bot("at-once");
    const next = keyOn(await post(`/admin/bots/${id}/keys`, { old: "at-once" }));
    expect([await letIn(old), await letIn(next)]).toEqual([false, true]);
  });

  test.each([
    ["old=", "Choose when"],
    ["old=99999999", "Choose when"],
    ["old=time", "Write a time"],
    ["old=time&until=2026-02-30T12:00", "Write a time"],
    ["old=time&until=2020-01-01T12:00", "That time is over"],
  ])("an end that makes no sense makes no key: %s", async (fields, says) => {
    const id = (await rowsOf(stack, "bots")).find(({ name }) => name === "at-once")?.id;
    const before = await keysOf(String(id));
    const page = await post(`/admin/bots/${id}/keys`, Object.fromEntries(new URLSearchParams(fields)));
    expect([page.status, keyOn(page)]).toEqual([400, ""]);
    expect(page.text).toContain(says);
    expect(await keysOf(String(id))).toEqual(before);
  });

  test("the last use is noted, once a minute, and a key that lets nobody in leaves no trace", async () => {
    const { id, key } = await stack.bot("noted");
    const uses = async () => (await rowsOf(stack, "keys")).find(({ bot_id }) => bot_id === id)?.last_used_at;
    expect((await open(`/admin/bots/${id}`)).text).toContain("Not used yet");
    expect(await letIn(key)).toBe(true);
    await expect.poll(uses).not.toBeNull();
    const first = await uses();
    await letIn(key);
    await letIn(`ob_${"x".repeat(43)}`);
    expect(await uses()).toEqual(first);
    expect((await open(`/admin/bots/${id}`)).text).toContain("Last used <time");
  });

  test("a bot is revoked by its name alone, with what people permitted it", async () => {
    const person = await committer(stack);
    const name = `bot-of-${person.login}`;
    const id = await botOf(name);
    const audit = await lastAudit(stack);
    const wrong = await post(`/admin/bots/${id}/revoke`, { confirm: "bot" });
    expect([wrong.status, await letIn(person.key), await done(audit)]).toEqual([400, true, []]);
    const page = await admin.submit(await open(`/admin/bots/${id}`), "Revoke it", { confirm: name });
    expect(page.text).toContain("Revoked, with its keys");
    expect([await letIn(person.key), (await person.commit()).status]).toEqual([false, 401]);
    expect(await done(audit)).toMatchObject([{ action: "bot.revoke", bot_id: id }]);
  });

  test("a platform gets keys here, too, and no limits, since it never acts", async () => {
    const made = await post("/admin/bots", { name: "host-here", kind: "platform" });
    const key = keyOn(made);
    expect((await stack.call("PUT", "/api/v1/users/ext.made-here", { key, body: {} })).status).toBe(201);
    const page = await open(`/admin/bots/${await botOf("host-here")}`);
    expect(page.text).not.toContain("The most that anybody can permit");
  });
});

describe("users", () => {
  test("people are found by login, platform's id, number and id, and by status", async () => {
    const person = await committer(stack);
    await query("UPDATE users SET external_id = $2 WHERE id = $1", [person.userId, "staff/42"]);
    for (const search of [person.login.slice(0, -1), `@${person.login.toUpperCase()}`, "staff/", `gh.${person.id}`]) {
      const page = await open(`/admin/users?q=${encodeURIComponent(search)}`);
      expect(page.text, search).toContain(`href="/admin/users/${person.userId}"`);
    }
    expect((await open(`/admin/users?q=${person.userId}&status=deactivated`)).text).toContain("Nobody fits");
    expect((await open("/admin/users?q=%25")).text).toContain("Nobody fits");
  });

  test("everybody is on some page, once, also where many came in one moment", async () => {
    await query(
      "INSERT INTO users (external_id, created_at) SELECT 'crowd-' || n, '2020-01-01' FROM generate_series(1, 70) n",
    );
    const found: string[] = [];
    for (let path: string | undefined = "/admin/users"; path; ) {
      const page: Page = await open(path);
      found.push(...[...page.text.matchAll(/class="btn" href="\/admin\/users\/([^"]+)"/g)].map(([, id = ""]) => id));
      path = /href="([^"]+)">Next page/.exec(page.text)?.[1]?.replaceAll("&amp;", "&");
    }
    const all = (await rowsOf(stack, "users")).map(({ id }) => String(id));
    expect(found.toSorted()).toEqual(all.toSorted());
    await query("DELETE FROM users WHERE external_id LIKE 'crowd-%'");
  });

  test("who is deactivated is out at once, and is let in again", async () => {
    const person = await committer(stack);
    const audit = await lastAudit(stack);
    const page = await admin.submit(await open(`/admin/users/${person.userId}`), "Deactivate them");
    expect(page.text).toContain("Deactivated. No authorisation of theirs is left");
    expect([tokensAtGithub(stack, person.login), (await person.commit()).status]).toEqual([null, 404]);
    expect((await stack.signIn(person.login)).page.text).not.toContain("Sign out");
    await admin.submit(page, "Let them in again");
    expect((await stack.signIn(person.login)).page.text).toContain("Sign out");
    expect((await done(audit)).map(({ action, user_id }) => [action, user_id])).toEqual(
      ["disconnect", "user.deactivate", "tombstone.lift"].map((action) => [action, person.userId]),
    );
    expect((await post(`/admin/users/${person.userId}/let-in`)).status).toBe(400);
  });

  test("who is erased is gone only when their login was written, and comes back by their number", async () => {
    const person = await committer(stack);
    const audit = await lastAudit(stack);
    const path = `/admin/users/${person.userId}`;
    const wrong = await post(`${path}/erase`, { confirm: "yes" });
    expect([wrong.status, await done(audit)]).toEqual([400, []]);
    expect(wrong.text).toContain(`Write ${person.login}. Nothing was changed.`);
    const page = await admin.submit(await open(path), "Erase them", { confirm: person.login });
    expect(page.text).toContain("Erased. No authorisation of theirs is left");
    expect(JSON.stringify(await rowsOf(stack, "identities"))).not.toContain(person.login);
    expect((await open(`/admin/users?q=${person.login}`)).text).toContain("Nobody fits");
    expect((await stack.signIn(person.login)).page.text).not.toContain("Sign out");
    const back = await admin.submit(await open("/admin/users"), "Let them in", { number: String(person.id) });
    expect(back.text).toContain("Nothing keeps them out any more.");
    expect((await stack.signIn(person.login)).page.text).toContain("Sign out");
    const did = (await done(audit)).map(({ action }) => action);
    expect(did).toEqual(["disconnect", "user.erase", "tombstone.lift"]);
    for (const number of ["1", "nobody", ""]) {
      expect((await post("/admin/users/let-in", { number })).status).toBe(400);
    }
  });

  test("nobody shuts themselves out by mistake", async () => {
    for (const what of ["deactivate", "erase"]) {
      expect((await post(`/admin/users/${adminId}/${what}`, { confirm: "ada" })).status).toBe(400);
    }
    expect((await open(`/admin/users/${adminId}`)).text).toContain("This is you.");
  });
});

describe("deliveries", () => {
  test("what failed is listed with why, and is tried again, one or all, incoming and outgoing", async () => {
    const [one, two] = [randomUUID(), randomUUID()];
    await query(
      `INSERT INTO deliveries (id, provider, delivery_id, event, payload, key_id, state, attempts, settled_at, last_error)
        SELECT id, 'github', 'd-' || id, $2, '\\x00', 'k', 'failed', 12, now(), $2 FROM unnest($1::uuid[]) id`,
      [[one, two], hostile],
    );
    const { rows } = await stack.database.query<{ id: string }>({
      text: `INSERT INTO events (type, user_id, external_id, provider, account_id, failed_at, last_error, attempts)
        VALUES ('account.connected', $1, $2, 'github', $1, now(), 'http_500', 9) RETURNING id`,
      values: [adminId, hostile],
    });
    const list = await open("/admin/deliveries");
    expect(list.text).not.toContain("<img src=x");
    expect(list.text).toContain("Tried 12 times");
    const audit = await lastAudit(stack);
    const again = await admin.submit(list, `/admin/deliveries/${one}/retry`);
    expect(again.text).toContain("It is tried again now.");
    expect((await post(`/admin/deliveries/${one}/retry`)).status).toBe(404);
    expect((await post("/admin/deliveries/retry-all")).text).toContain("It is tried again now.");
    const out = await open("/admin/deliveries?list=out-failed");
    expect(out.text).toContain("http_500");
    await admin.submit(out, `/admin/deliveries/events/${rows[0]?.id}/retry`);
    expect((await rowsOf(stack, "events"))[0]).toMatchObject({ failed_at: null, attempts: 0 });
    expect((await done(audit)).map(({ action, detail }) => [action, detail])).toMatchObject([
      ["delivery.retry", { delivery: `d-${one}` }],
      ["delivery.retry", { count: 1 }],
      ["event.retry", { event: rows[0]?.id }],
    ]);
    expect((await open("/admin/deliveries?list=in-waiting&after=nonsense")).status).toBe(200);
    await query("DELETE FROM deliveries WHERE id = ANY ($1)", [[one, two]]);
    await query("DELETE FROM events");
  });
});

describe("repositories", () => {
  let person: Committer;
  let id: string;
  const now = async () => (await rowsOf(stack, "repositories")).find((repository) => repository.id === id);
  beforeAll(async () => {
    const { key } = await stack.bot("host-of-mirrors", "platform");
    person = await committer(stack);
    const mirrored = await register(stack, key, { repository: person.repository, synced_by: `gh.${person.id}` });
    id = mirrored.id;
    await mirrored.settled();
  });

  test("an admin sees as whom it is synced and how runs ended, has it run, and moves it to the app", async () => {
    const list = await open("/admin/repositories");
    expect(list.text).toContain(person.repository);
    expect(list.text).toContain(`@${person.login}</a>`);
    const audit = await lastAudit(stack);
    const asked = await admin.submit(await open(`/admin/repositories/${id}`), "Run now");
    expect(asked.text).toContain("It is brought up to date now.");
    const page = await post(`/admin/repositories/${id}/identity`, { as: "app" });
    expect(page.text).toContain("Changed.");
    expect(await now()).toMatchObject({ synced_by_user_id: null });
    expect((await done(audit)).map(({ action }) => action)).toEqual(["repository.sync", "repository.change"]);
  });

  test("nobody's authorisation is used who lets no bot read there, and only while they do", async () => {
    const asPerson = { as: "user", user: `gh.${person.id}` };
    const refused = await post(`/admin/repositories/${id}/identity`, asPerson);
    expect(refused.status).toBe(403);
    expect(refused.text).toContain("They let no bot read");
    expect(await now()).toMatchObject({ synced_by_user_id: null });
    const login = await post(`/admin/repositories/${id}/identity`, { as: "user", user: `@${person.login}` });
    expect(login.status).toBe(400);
    await stack.delegate(`gh.${person.id}`, `bot-of-${person.login}`, [person.repository], [], ["api:read"]);
    expect((await post(`/admin/repositories/${id}/identity`, asPerson)).text).toContain("Changed.");
    expect(await now()).toMatchObject({ synced_by_user_id: person.userId, needs_delegation: true });
    const runs = async () =>
      (await rowsOf(stack, "syncs")).filter((run) => run.repository_id === id && run.result !== "started");
    const lastRun = async () => (await runs()).toSorted((a, b) => Number(a.audit_id) - Number(b.audit_id)).at(-1);
    await expect.poll(lastRun, { timeout: 20_000 }).toMatchObject({ attribution: "user", user_id: person.userId });
    await query("UPDATE delegations SET ended_at = now(), end_reason = 'user' WHERE user_id = $1", [person.userId]);
    await post(`/admin/repositories/${id}/sync`);
    const fallback = { attribution: "app", fallback_reason: "delegation_required" };
    await expect.poll(lastRun, { timeout: 20_000 }).toMatchObject(fallback);
  });

  test("an admin's own authorisation is used only where it reaches", async () => {
    const hidden = await committer(stack);
    await query("UPDATE repositories SET number = 999999, name = $2 WHERE id = $1", [id, hidden.repository]);
    const refused = await post(`/admin/repositories/${id}/identity`, { as: "me" });
    expect([refused.status, await now()]).toMatchObject([404, { needs_delegation: true }]);
    expect((await post(`/admin/repositories/${id}/identity`, { as: "" })).status).toBe(400);
  });

  test("it is stopped, and forgotten", async () => {
    const audit = await lastAudit(stack);
    await admin.submit(await open(`/admin/repositories/${id}`), "Stop and remove it");
    expect(await now()).toBeUndefined();
    expect(await done(audit)).toMatchObject([{ action: "repository.remove" }]);
    expect((await open(`/admin/repositories/${id}`)).status).toBe(404);
  });
});

describe("the audit log and the overview", () => {
  test("each row says whose identity, bot, requester and run it was, and what an admin did names the admin", async () => {
    const person = await committer(stack);
    const asked = { requested_by: hostile, run_url: "https://ci.example/runs/8" };
    expect((await person.commit(asked)).status).toBe(201);
    const page = await open(`/admin/audit?user=gh.${person.id}&kind=commit`);
    for (const words of [`bot-of-${person.login}`, `@${person.login}`, String(person.id), "Run at ci.example"]) {
      expect(page.text).toContain(words);
    }
    expect(page.text).not.toContain("<img src=x");
    const lines = (await open(`/admin/audit/export?format=ndjson&user=gh.${person.id}&kind=commit`)).text.trim();
    expect(lines.split("\n").map((line) => JSON.parse(line))).toMatchObject([
      {
        login: person.login,
        provider_uid: String(person.id),
        bot: `bot-of-${person.login}`,
        requested_by: hostile,
        run_url: asked.run_url,
      },
    ]);
    const csv = await open("/admin/audit/export?format=csv&kind=commit");
    expect(csv.headers.get("content-disposition")).toContain("attachment");
    expect(csv.text.split("\r\n")[0]).toContain("requested_by,run_url");
    expect((await open("/admin/audit?kind=bot")).text).toContain("by the admin <strong>@ada</strong>");
    for (const user of ["@nobody", "x", "gh.0"]) {
      expect((await open(`/admin/audit?user=${user}`)).status).toBe(400);
      expect((await open(`/admin/audit/export?format=csv&user=${user}`)).status).toBe(400);
    }
  });

  test("pages of the log follow each other with no event left out and none twice", async () => {
    const seen: number[] = [];
    for (let path: string | undefined = "/admin/audit?kind=account"; path; ) {
      const page: Page = await open(path);
      seen.push([...page.text.matchAll(/class="Box-row event"/g)].length);
      path = /href="([^"]+)">Older/.exec(page.text)?.[1]?.replaceAll("&amp;", "&");
    }
    const lines = (await open("/admin/audit/export?format=ndjson&kind=account")).text.trim().split("\n");
    expect(seen.reduce((sum, count) => sum + count, 0)).toBe(lines.length);
  });

  test("the overview counts accounts, actions, failed refreshes and queues", async () => {
    await query(
      `INSERT INTO audit_events (action, actor, result, provider, detail)
        VALUES ('account.revoked', 'provider', 'succeeded', 'github', '{"reason": "refresh_failed"}')`,
    );
    const { text } = await open("/admin");
    const live = (await rowsOf(stack, "user_external_accounts")).length;
    expect(text).toContain(`aria-label="GitHub: ${live} accounts"`);
    expect(text).toMatch(/In a person’s name<\/span>/);
    expect(text).toMatch(/1 accounts in 30 days/);
    expect(text).toContain(">Deliveries that came in</a>");
  });

  test("accounts are narrowed by provider and state, and each is on some page", async () => {
    const { userId } = await committer(stack);
    await query("UPDATE user_external_accounts SET state = 'limited' WHERE user_id = $1", [userId]);
    const limited = await open("/admin/accounts?state=limited");
    expect([...limited.text.matchAll(/Label-limited/g)]).toHaveLength(1);
    expect((await open("/admin/accounts?provider=github&state=pending")).text).toContain(
      "Nobody is connected like that",
    );
    expect((await open("/admin/accounts?provider=nonsense&state=nonsense&after=x")).status).toBe(200);
  });
});

test("whoever is no admin finds nothing and changes nothing, and neither does another site", async () => {
  const person = await committer(stack);
  const botId = await botOf(`bot-of-${person.login}`);
  const [keyId] = await keysOf(botId);
  const id = randomUUID();
  const pages = ["", "/users", `/users/${adminId}`, "/bots", "/repositories", `/repositories/${id}`, "/audit"];
  const more = ["/audit/export?format=csv", "/deliveries"];
  const changes = [
    "/bots",
    `/bots/${botId}/keys`,
    `/bots/${botId}/keys/${keyId}/end`,
    `/bots/${botId}/revoke`,
    "/users/let-in",
    ...["let-in", "deactivate", "erase"].map((what) => `/users/${adminId}/${what}`),
    ...["sync", "identity", "remove"].map((what) => `/repositories/${id}/${what}`),
    `/deliveries/${id}/retry`,
    "/deliveries/retry-all",
    `/deliveries/events/${id}/retry`,
    "/deliveries/events/retry-all",
  ];
  const before = [await stored(stack), await lastAudit(stack)];
  for (const path of [...pages, ...more]) {
    const refused = await open(`/admin${path}`, person.browser);
    expect([path, refused.status, codeOf(refused)]).toEqual([path, 404, "not_found"]);
    expect((await open(`/admin${path}`, new Browser())).text).toContain("Sign in with GitHub");
  }
  const fields = { name: "intruder", confirm: "ada", number: "1", as: "app" };
  for (const path of changes) {
    const refused = await person.browser.post(`${stack.url}/admin${path}`, fields);
    expect([path, refused.status, codeOf(refused)]).toEqual([path, 404, "not_found"]);
    const forged = await admin.post(`${stack.url}/admin${path}`, fields, "https://evil.example/");
    expect([path, forged.status, codeOf(forged)]).toEqual([path, 403, "forbidden_origin"]);
  }
  expect([await stored(stack), await lastAudit(stack)]).toEqual(before);
});

test("what people and providers are called is text on every page", async () => {
  const { login } = newcomer(stack);
  const { browser } = await stack.signIn(login);
  expect((await open("/admin", browser)).status).toBe(404);
  await query("UPDATE identities SET login = $2, display_name = $2 WHERE login = $1", [login, hostile]);
  await query(`UPDATE users SET external_id = $2 WHERE id = (SELECT user_id FROM identities WHERE login = $1)`, [
    hostile,
    hostile,
  ]);
  for (const path of ["/users", `/users?q=${encodeURIComponent(hostile)}`, "/audit", "/accounts", ""]) {
    expect((await open(`/admin${path}`)).text).not.toContain("<img src=x");
  }
});
