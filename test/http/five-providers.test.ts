import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Browser, type Page } from "../harness/browser.ts";
import { useFiveProviders } from "../harness/five-providers.ts";
import { readCalendar } from "../harness/google.ts";
import { dumpDatabase, findLeaks } from "../harness/leak-search.ts";
import { newcomer } from "../harness/people.ts";
import type { ApiAnswer } from "../harness/stack.ts";
import { age, storedAccount } from "../harness/stored-account.ts";
import { amocrmSubject } from "../providers/contract/amocrm-subject.ts";
import { githubSubject } from "../providers/contract/github-subject.ts";
import { openidSubject } from "../providers/contract/openid-subject.ts";
import type { Subject, SubjectPerson } from "../providers/contract/subject.ts";

const ids = ["github", "github-lite", "google", "amocrm", "acme"] as const;
type Id = (typeof ids)[number];

/** One of the five, and what only it has. */
interface Part {
  subject: Subject;
  person: SubjectPerson;
  /** As the accounts page names it. */
  shown: string;
  /** A bot's call through the proxy, which says in its answer who the provider takes it for. */
  call(): Promise<ApiAnswer>;
  /** What stands in that answer. */
  says: Record<string, unknown>;
  /** Lets the provider end the grant and tell so; null: it tells nothing. */
  event: (() => Promise<unknown>) | null;
}

const five = useFiveProviders();
const browser = new Browser();
const parts = new Map<Id, Part>();
let userId = "";
let key = "";
/** What the browser holds since the person signed in. */
let cookies = "";

beforeAll(async () => {
  const { stack } = five;
  const owner = newcomer(stack);
  await stack.signIn(owner.login, browser);
  cookies = browser.cookies(stack.url);
  const { rows } = await stack.database.query<{ user_id: string }>({
    text: "SELECT user_id FROM identities WHERE provider = 'github' AND login = $1",
    values: [owner.login],
  });
  userId = rows[0]?.user_id ?? "";
  await describeParts(owner);
  for (const id of ids) await connect(id);
  const bot = await stack.bot("helper");
  key = bot.key;
  for (const provider of ids) {
    const repositories = provider.startsWith("github") ? "*" : "";
    const page = await browser.post(`${stack.url}/permissions`, {
      bot: bot.id,
      provider,
      repositories,
      capability: ["api:read", "api:write"],
    });
    expect(page).toMatchObject({ status: 200, url: expect.stringContaining("/permissions?done=granted") });
  }
});

// Each test has all five, whatever another one has ended.
beforeEach(async () => {
  for (const id of ids) if ((await stateOf(id)) !== "active") await connect(id);
});

async function describeParts(owner: { login: string; id: number }): Promise<void> {
  const { stack, google, amocrm, openid } = five;
  const repository = `${owner.login}/notes`;
  await stack.sandbox.addRepository(repository, { files: { "README.md": "Notes\n" } });
  const apps = { github: stack.sandbox, "github-lite": stack.sandbox.second };
  for (const [id, shown] of [
    ["github", `GitHub · @${owner.login}`],
    ["github-lite", `GitHub lite · @${owner.login}`],
  ] as const) {
    apps[id]?.setInstallation(owner.login, "all");
    const subject = githubSubject(stack, id);
    parts.set(id, {
      subject,
      person: subject.newPerson(owner),
      shown,
      async call() {
        const wish = { user: userId, provider: id, repositories: [repository], capabilities: ["api:read"] };
        const pass = await stack.call("POST", "/api/v1/passes", { key, body: { ...wish, expires_in: 600 } });
        if (pass.status !== 201) return pass;
        const body = { query: "{ viewer { login } }" };
        return stack.call("POST", `/proxy/${id}/graphql`, { key: String(pass.body.pass), body });
      },
      says: { data: { viewer: { login: owner.login } } },
      event: async () => apps[id]?.revokeGrant(owner.login),
    });
  }

  const headers = { "x-on-behalf-of": userId };
  const atGoogle = openidSubject(stack, google, {
    provider: "google",
    clientId: "onbehalf-at-google",
    refusableScope: readCalendar,
    rotation: false,
  });
  const googler = atGoogle.newPerson();
  parts.set("google", {
    subject: atGoogle,
    person: googler,
    shown: "Google · ",
    call: () => stack.call("GET", "/proxy/google/v1/userinfo", { key, headers }),
    says: { sub: googler.uid },
    async event() {
      google.revokeGrant(googler.uid);
      const token = await google.risc.sign(google.risc.event("tokens-revoked", { sub: googler.uid }));
      const answer = await google.risc.send(`${stack.url}/hooks/google/risc`, token);
      expect(answer.status).toBe(202);
    },
  });

  const atAmocrm = await amocrmSubject(stack, amocrm);
  const seller = atAmocrm.newPerson();
  parts.set("amocrm", {
    subject: atAmocrm,
    person: seller,
    shown: "amoCRM · ",
    call: () => stack.call("GET", "/proxy/amocrm/api/v4/account", { key, headers }),
    says: { subdomain: "example", current_user_id: Number(seller.login) },
    event: () => amocrm.uninstall(amocrm.account("example").id),
  });

  const atAcme = openidSubject(stack, openid, {
    provider: "acme",
    clientId: "one",
    refusableScope: "notes:write",
    rotation: true,
  });
  const employee = atAcme.newPerson();
  parts.set("acme", {
    subject: atAcme,
    person: employee,
    shown: "Acme · ",
    call: () => stack.call("POST", "/proxy/acme/api/notes", { key, headers, body: { text: "hello" } }),
    says: { text: "hello", creator: { id: employee.uid } },
    event: null,
  });
}

function part(id: Id): Part {
  const found = parts.get(id);
  if (!found) throw new Error(`there is no ${id}`);
  return found;
}

async function connect(id: Id): Promise<void> {
  const { subject, person } = part(id);
  const accounts = await browser.open(`${five.stack.url}/accounts`);
  const page = await subject.consent(browser, await browser.submit(accounts, `/connect/${id}`), person);
  expect(page).toMatchObject({ status: 200, url: expect.stringContaining("/accounts?done=connected") });
}

async function stateOf(id: Id): Promise<string | undefined> {
  const { rows } = await five.stack.database.query<{ state: string }>({
    text: "SELECT state FROM user_external_accounts WHERE user_id = $1 AND provider = $2",
    values: [userId, id],
  });
  return rows[0]?.state;
}

/** The state of each account but one. */
const others = (id: Id) => Promise.all(ids.filter((other) => other !== id).map(stateOf));
const untouched = ids.slice(1).map(() => "active");

/** Everything that was ever given out, at all four servers. */
function issued(): string[] {
  const all = [five.stack.sandbox, five.google, five.amocrm, five.openid].map((server) => server.issuedTokens());
  for (const tokens of all) expect(tokens.length).toBeGreaterThan(0);
  return all.flat();
}

function disconnectForms(page: Page): string[] {
  return [...page.text.matchAll(/action="\/accounts\/([^"/]+)\/disconnect"/g)].map(([, id = ""]) => id).toSorted();
}

test("a person connects all five in one browser session, and the accounts page shows them", async () => {
  const page = await browser.open(`${five.stack.url}/accounts`);
  for (const id of ids) {
    expect(page.text).toContain(part(id).shown);
    expect(part(id).subject.livingTokens(part(id).person)).toBeGreaterThan(0);
  }
  expect(disconnectForms(page)).toEqual([...ids].toSorted());
  expect(browser.cookies(five.stack.url)).toBe(cookies);
});

test("what a bot may do elsewhere than at GitHub is asked for, said, narrowed and ended on the permissions page", async () => {
  const { stack } = five;
  const bot = await stack.bot("asker");
  const call = () =>
    stack.call("GET", "/proxy/google/v1/userinfo", { key: bot.key, headers: { "x-on-behalf-of": userId } });
  const refused = await call();
  expect(refused).toMatchObject({ status: 403, body: { code: "delegation_required" } });
  const request = await browser.open(String(refused.body.action_url));
  expect(request.text).toContain("read what you can read through Google&#39;s API as you");
  expect(request.text).not.toContain("left out");
  expect(request.text).toContain('<input type="hidden" name="provider" value="google">');
  expect(request.text).not.toContain('name="repositories"');
  await browser.submit(request, "Let the bot act as you", { bot: bot.id, capability: "api:read" });
  expect(await call()).toMatchObject({ status: 200 });

  const permissions = await browser.open(`${stack.url}/permissions`);
  expect(permissions.text).toContain(
    "<strong>asker</strong> may read what you can read through Google&#39;s API as you, until you end it.",
  );
  const { rows } = await stack.database.query<{ id: string }>({
    text: "SELECT id FROM delegations WHERE bot_id = $1 AND ended_at IS NULL",
    values: [bot.id],
  });
  const narrow = await browser.open(`${stack.url}/permissions/${rows[0]?.id}`);
  expect(narrow.text).not.toContain("Repositories");
  expect((await browser.submit(narrow, "Narrow it", { capability: "api:read" })).url).toContain("done=narrowed");
  expect(await call()).toMatchObject({ status: 200 });
});

test.each([
  { what: "a capability of GitHub's", field: "capability", value: "commit" },
  { what: "a repository", field: "repositories", value: "acme/site" },
  { what: "a branch", field: "branches", value: "main" },
])("$what can't be permitted elsewhere", async ({ field, value }) => {
  const { id } = await five.stack.bot(`other-${field}`);
  const form = { bot: id, provider: "google", capability: "api:read", [field]: value };
  const page = await browser.post(`${five.stack.url}/permissions`, form);
  expect(page.status).toBe(400);
  expect(page.text).toContain(`id="${field}-error"`);
});

test("a provider that isn't there is said to be missing, and nobody is asked to permit it", async () => {
  const answer = await five.stack.call("GET", "/proxy/nowhere/x", { key, headers: { "x-on-behalf-of": userId } });
  expect(answer).toMatchObject({ status: 404, body: { code: "not_found" } });
});

test("13 the callback of each leads away at once, sends no referrer, and is kept by no cache", async () => {
  for (const id of ids) {
    const callbacks = browser.seen.filter(({ url }) => url.startsWith(`${five.stack.url}/connect/${id}/callback?`));
    expect(callbacks.length).toBeGreaterThan(0);
    for (const { status, headers } of callbacks) {
      expect(status).toBe(303);
      expect(headers.get("location")).toMatch(/^\/accounts/);
      expect([headers.get("referrer-policy"), headers.get("cache-control")]).toEqual(["no-referrer", "no-store"]);
    }
  }
});

test("09 no token of any of them stands on a page, in an answer, or in the database", async () => {
  for (const id of ids) expect(await part(id).call()).toMatchObject({ status: 200 });
  const { stack } = five;
  const pages = browser.seen
    .filter(({ url }) => url.startsWith(stack.url))
    .map(({ url, text, headers }) => ({ place: url.split("?")[0] ?? "", text: text + JSON.stringify([...headers]) }));
  const answers = stack.answers.map(({ body, headers }) => ({
    place: "an answer",
    text: JSON.stringify(body) + JSON.stringify([...headers]),
  }));
  expect(findLeaks([...pages, ...answers, ...(await dumpDatabase(stack.databaseUrl))], issued())).toEqual([]);
});

test("20 no token or code of any of them stands in a log line", async () => {
  for (const id of ids) expect(await part(id).call()).toMatchObject({ status: 200 });
  expect(five.stack.log.length).toBeGreaterThan(10);
  const lines = five.stack.log.map((text) => ({ place: "a log line", text }));
  expect(findLeaks(lines, issued())).toEqual([]);
});

describe.each(ids)("%s", (id) => {
  test("is called through the proxy as the person, also once its token had to be renewed", async () => {
    const { call, says } = part(id);
    expect(await call()).toMatchObject({ status: 200, body: says });
    const before = await age(five.stack, userId, "expired", id);
    expect(await call()).toMatchObject({ status: 200, body: says });
    const after = await storedAccount(five.stack, userId, id);
    expect(after).toMatchObject({ state: "active", version: before.version + 1 });
    expect(after.sealedAccessToken).not.toEqual(before.sealedAccessToken);
  });

  test("tells of the end of the grant, which ends this account and no other, or has nothing to tell", async () => {
    const { event, call } = part(id);
    if (!event) {
      expect((await five.stack.call("POST", `/hooks/${id}`, { body: {} })).status).toBe(404);
      return;
    }
    await event();
    await expect.poll(() => stateOf(id), { timeout: 15_000 }).toBe("revoked");
    expect(await others(id)).toEqual(untouched);
    expect(await call()).toMatchObject({ status: 403, body: { code: "account_revoked" } });
    const account = await storedAccount(five.stack, userId, id);
    expect([account.sealedAccessToken, account.sealedRefreshToken]).toEqual([null, null]);
  });

  test("is disconnected: the grant there ends, or the page says who can end it, and bots are refused", async () => {
    const { subject, person, call } = part(id);
    const accounts = await browser.open(`${five.stack.url}/accounts`);
    const page = await browser.submit(accounts, `/accounts/${id}/disconnect`);
    expect(page.status).toBe(200);
    if (subject.endsGrants) {
      expect(page.url).toContain("done=done");
      expect(subject.livingTokens(person)).toBe(0);
    } else {
      expect(page.text).toContain("amoCRM lets no app end its own access");
    }
    expect(disconnectForms(page)).toEqual(ids.filter((other) => other !== id).toSorted());
    expect(await others(id)).toEqual(untouched);
    expect(await call()).toMatchObject({ status: 403, body: { code: "account_revoked" } });
  });
});
