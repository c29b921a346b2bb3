import { createHmac, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { AppControls } from "../../sandbox/index.ts";
import { answerGithub, codeOf } from "../harness/authorization.ts";
import { Browser } from "../harness/browser.ts";
import { type GitClient, gitClient } from "../harness/git-client.ts";
import { git } from "../harness/history.ts";
import { newcomer } from "../harness/people.ts";
import { stored } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack({ lite: true, environment: { BOT_KEYS_ON_LOOK_ALIKE: "true" } });
const soon = { timeout: 10_000 };
const everything = ["commit", "push", "pull-request", "api:read", "api:write"];
let lite: AppControls;
let client: GitClient;

beforeAll(async () => {
  if (!stack.sandbox.second) throw new Error("the stack has no lite App");
  lite = stack.sandbox.second;
  client = await gitClient();
});
afterAll(() => client.remove());

/** Somebody with accounts at both Apps, whose bot may do everything through both. */
interface Person {
  login: string;
  id: number;
  userId: string;
  browser: Browser;
  key: string;
  /** With both Apps installed, with the standard one alone, with the lite one alone. */
  both: string;
  standardOnly: string;
  liteOnly: string;
}

async function somebody(): Promise<Person> {
  const { login, id } = newcomer(stack);
  const [both, standardOnly, liteOnly] = [`${login}/both`, `${login}/standard`, `${login}/lite`] as const;
  for (const repository of [both, standardOnly, liteOnly]) {
    await stack.sandbox.addRepository(repository, { files: { "README.md": "Notes\n" } });
  }
  stack.sandbox.setInstallation(login, [both, standardOnly]);
  lite.setInstallation(login, [both, liteOnly]);
  const { browser, userId } = await stack.connect(login);
  await stack.connect(login, browser, "github-lite");
  const { key } = await stack.bot(`bot-of-${login}`);
  for (const provider of ["github", "github-lite"] as const) {
    await stack.delegate(`gh.${id}`, `bot-of-${login}`, ["*"], ["*"], everything, provider);
  }
  return { login, id, userId, browser, key, both, standardOnly, liteOnly };
}

let files = 0;
function commit({ id, key }: Pick<Person, "id" | "key">, repository: string, change: Record<string, unknown> = {}) {
  const changes = [{ path: `file-${files++}.txt`, content: "hello\n" }];
  return stack.commit(key, { user: `gh.${id}`, repository, changes, ...change });
}

async function pass(person: Person, change: Record<string, unknown>): Promise<string> {
  const wish = { user: `gh.${person.id}`, capabilities: everything, expires_in: 600, ...change };
  const { status, body } = await stack.call("POST", "/api/v1/passes", { key: person.key, body: wish });
  expect(body).toMatchObject({ id: expect.any(String) });
  expect(status).toBe(201);
  return String(body.pass);
}

async function lastEvent(action: string): Promise<Record<string, unknown> | undefined> {
  const { rows } = await stack.database.query<Record<string, unknown>>({
    text: "SELECT provider, attribution, result FROM audit_events WHERE action = $1 ORDER BY id DESC LIMIT 1",
    values: [action],
  });
  return rows[0];
}

async function states({ userId }: Person): Promise<Record<string, string>> {
  const { rows } = await stack.database.query<{ provider: string; state: string }>({
    text: "SELECT provider, state FROM user_external_accounts WHERE user_id = $1",
    values: [userId],
  });
  return Object.fromEntries(rows.map(({ provider, state }) => [provider, state]));
}

describe("one person with both", () => {
  let ada: Person;
  beforeAll(async () => {
    ada = await somebody();
  });

  test("has two accounts and two identities of one number, and one way to sign in", async () => {
    const page = await ada.browser.open(`${stack.url}/accounts`);
    expect(page.text).toContain(`GitHub · @${ada.login}`);
    expect(page.text).toContain(`GitHub lite · @${ada.login}`);
    const { rows } = await stack.database.query<{ provider: string; user_id: string }>({
      text: "SELECT provider, user_id FROM identities WHERE provider_uid = $1 ORDER BY provider",
      values: [String(ada.id)],
    });
    expect(rows).toEqual([
      { provider: "github", user_id: ada.userId },
      { provider: "github-lite", user_id: ada.userId },
    ]);
    const start = await new Browser().open(`${stack.url}/`);
    expect(start.text.match(/action="\/sign-in\/[^"]*"/g)).toEqual(['action="/sign-in/github"']);
    const refused = await new Browser().post(`${stack.url}/sign-in/github-lite`);
    expect(refused.status).toBe(404);
  });

  test("commits through the App that a commit names, which must be installed there", async () => {
    const { both, standardOnly, liteOnly, login } = ada;
    const named = { provider: "github-lite" };
    for (const [repository, change] of [
      [both, {}],
      [both, named],
      [standardOnly, {}],
      [standardOnly, { provider: "github" }],
      [liteOnly, named],
    ] as const) {
      const { status, body } = await commit(ada, repository, change);
      expect(status).toBe(201);
      expect(body).toMatchObject({ attribution: "user", author: { login } });
      expect(await lastEvent("commit")).toMatchObject({ provider: "provider" in change ? change.provider : "github" });
    }
    for (const [repository, change] of [
      [standardOnly, named],
      [liteOnly, {}],
    ] as const) {
      expect((await commit(ada, repository, change)).body).toMatchObject({ code: "app_not_installed" });
    }
  });

  test("a commit in the App's name carries the name of the App that it names", async () => {
    for (const [provider, bot] of [
      ["github", "onbehalf[bot]"],
      ["github-lite", "onbehalf-lite[bot]"],
    ]) {
      const { body } = await commit(ada, ada.both, { provider, attribution: "app" });
      expect(body).toMatchObject({ attribution: "app", author: { name: bot } });
      expect(await lastEvent("commit")).toEqual({ provider, attribution: "app", result: "succeeded" });
    }
    const credited = await commit(ada, ada.both, { provider: "github-lite", credit_bot: true });
    expect(git(stack, ada.both, "log", "-1", "--format=%B", String(credited.body.oid))).toContain(
      "Co-authored-by: onbehalf-lite[bot]",
    );
  });

  test("a pass acts at its own App, whatever it is used for", async () => {
    const { liteOnly } = ada;
    const key = await pass(ada, { provider: "github-lite", repositories: [liteOnly] });
    expect((await commit({ ...ada, key }, liteOnly)).status).toBe(201);
    expect((await commit({ ...ada, key }, liteOnly, { provider: "github-lite" })).status).toBe(201);
    expect((await commit({ ...ada, key }, liteOnly, { provider: "github" })).body).toMatchObject({
      code: "pass_scope",
      detail: expect.stringContaining("This pass is for github-lite."),
    });
    expect(await stack.call("GET", `/api/v3/repos/${liteOnly}/commits`, { key })).toMatchObject({ status: 200 });
    const query = { query: "{ viewer { login } }" };
    expect((await stack.call("POST", "/api/graphql", { key, body: query })).body).toMatchObject({
      data: { viewer: { login: ada.login } },
    });
    expect((await stack.call("GET", "/api/v1/users/me/git-identity", { key })).body).toMatchObject({
      email: `${ada.id}+${ada.login}@users.noreply.github.com`,
    });
    await client.done(["clone", "--quiet", `${stack.url}/${liteOnly}.git`, "lite"], { pass: key });
    const pushed = await client.commit("lite", "pushed.txt", "by git\n");
    await client.done(["push", "--quiet", "origin", "main"], { in: "lite", pass: key });
    expect(stack.sandbox.repository(liteOnly).head()).toBe(pushed);
    expect(await lastEvent("git.push")).toMatchObject({ provider: "github-lite", result: "succeeded" });

    const other = await pass(ada, { repositories: [ada.standardOnly] });
    expect((await commit({ ...ada, key: other }, ada.standardOnly)).status).toBe(201);
    expect((await commit({ ...ada, key: other }, ada.standardOnly, { provider: "github-lite" })).body).toMatchObject({
      code: "pass_scope",
    });
  });

  test("where bots' keys are taken, a header names the App", async () => {
    const read = (repository: string, headers: Record<string, string> = {}) =>
      stack.call("GET", `/api/v3/repos/${repository}/collaborators/${ada.login}/permission`, {
        key: ada.key,
        headers: { "x-on-behalf-of": `gh.${ada.id}`, ...headers },
      });
    const named = { "x-onbehalf-provider": "github-lite" };
    const answers = [await read(ada.standardOnly), await read(ada.liteOnly), await read(ada.liteOnly, named)];
    expect(answers.map(({ status }) => status)).toEqual([200, 403, 200]);
    expect(await read(ada.liteOnly, { "x-onbehalf-provider": "gitlab" })).toMatchObject({
      status: 400,
      body: { code: "bad_request" },
    });
    const as = `http://x:${ada.key}@${stack.url.slice("http://".length)}`;
    const headers = ["-c", `http.extraHeader=X-On-Behalf-Of: gh.${ada.id}`];
    const cloning = ["clone", "--quiet", `${as}/${ada.liteOnly}.git`];
    await client.done([...headers, "-c", "http.extraHeader=X-Onbehalf-Provider: github-lite", ...cloning, "by-key"]);
    const identity = (query: string) =>
      stack.call("GET", `/api/v1/users/gh.${ada.id}/git-identity${query}`, { key: ada.key });
    expect((await identity("?provider=github-lite")).status).toBe(200);
    expect((await identity("?provider=gitlab")).status).toBe(400);
  });

  test("the proxy has each App's API at its address, with the look-alike's rules", async () => {
    const { key } = ada;
    const headers = { "x-on-behalf-of": `gh.${ada.id}` };
    const permission = (app: string, repository: string) =>
      stack.call("GET", `/proxy/${app}/repos/${repository}/collaborators/${ada.login}/permission`, { key, headers });
    expect((await permission("github", ada.standardOnly)).status).toBe(200);
    expect((await permission("github-lite", ada.liteOnly)).status).toBe(200);
    expect((await permission("github", ada.liteOnly)).status).toBe(403);
    expect((await permission("github-lite", ada.standardOnly)).status).toBe(403);

    const limited = await pass(ada, { provider: "github-lite", repositories: [ada.liteOnly] });
    const through = (path: string, method = "GET", body?: object) =>
      stack.call(method, `/proxy/github-lite${path}`, { key: limited, ...(body ? { body } : {}) });
    const commits = await through(`/repos/${ada.liteOnly}/commits`);
    expect(commits.status).toBe(200);
    expect((await through("/graphql", "POST", { query: "{ viewer { login } }" })).body).toMatchObject({
      data: { viewer: { login: ada.login } },
    });
    for (const [path, code] of [
      [`/repos/${ada.both}/commits`, "pass_scope"],
      ["/app", "not_found"],
      ["/user/keys", "not_found"],
    ] as const) {
      expect((await through(path)).body).toMatchObject({ code });
    }
    expect(
      (await stack.call("GET", `/proxy/github/repos/${ada.liteOnly}/commits`, { key: limited })).body,
    ).toMatchObject({ code: "pass_scope", detail: expect.stringContaining("This pass is for github-lite.") });
    expect(
      (await stack.call("GET", `/as/gh.${ada.id}/proxy/github-lite/repos/${ada.liteOnly}/commits`, { key })).status,
    ).toBe(200);
    await vi.waitUntil(async () => (await lastEvent("api.read"))?.provider === "github-lite", soon);
  });

  test("a mirror is kept with the account or the installation of the App that is named", async () => {
    const { key } = await stack.bot("mirrors", "platform");
    const register = (body: object) => stack.call("PUT", "/api/v1/repositories", { key, body });
    const named = { provider: "github-lite" };
    expect((await register({ repository: ada.liteOnly, ...named })).status).toBe(201);
    expect((await register({ repository: ada.liteOnly })).body).toMatchObject({ code: "app_not_installed" });
    const mine = await register({ repository: ada.liteOnly, synced_by: `gh.${ada.id}`, ...named });
    expect(mine.body).toMatchObject({ provider: "github-lite", synced_by: ada.userId });
    await vi.waitUntil(async () => {
      const { body } = await stack.call("GET", `/api/v1/repositories/${mine.body.id}/syncs`, { key });
      return JSON.stringify(body).includes('"result":"succeeded"') && JSON.stringify(body).includes('"user"');
    }, soon);
    expect((await stack.call("DELETE", `/api/v1/repositories/${mine.body.id}`, { key })).status).toBe(204);
    expect(await lastEvent("repository.remove")).toMatchObject({ provider: "github-lite" });
  });
});

describe("what one App tells is nothing to the other's account", () => {
  test("the end of one authorisation leaves the other as it is, and what it may do", async () => {
    const person = await somebody();
    await lite.revokeGrant(person.login);
    await vi.waitUntil(async () => (await states(person))["github-lite"] === "revoked", soon);
    expect(await states(person)).toEqual({ github: "active", "github-lite": "revoked" });
    expect((await commit(person, person.both)).status).toBe(201);
    expect((await commit(person, person.both, { provider: "github-lite" })).body).toMatchObject({
      code: "account_revoked",
      detail: expect.stringContaining("GitHub lite"),
    });
    await stack.connect(person.login, person.browser, "github-lite");
    await stack.sandbox.revokeGrant(person.login);
    await vi.waitUntil(async () => (await states(person)).github === "revoked", soon);
    expect((await commit(person, person.both, { provider: "github-lite" })).status).toBe(201);
  });

  test("a disconnect ends the grant of its own App alone", async () => {
    const person = await somebody();
    const accounts = await person.browser.open(`${stack.url}/accounts`);
    await person.browser.submit(accounts, "/accounts/github/disconnect");
    await vi.waitUntil(() => !stack.sandbox.grants().some(({ login }) => login === person.login), soon);
    expect(lite.grants()).toContainEqual({ login: person.login, tokens: 1 });
    expect((await commit(person, person.both, { provider: "github-lite" })).status).toBe(201);
  });

  test("a delivery is taken with its own App's signature alone", async () => {
    const person = await somebody();
    const payload = { action: "revoked", sender: { id: person.id, login: person.login } };
    const post = (address: string, secret: string) => {
      const body = JSON.stringify(payload);
      const signature = createHmac("sha256", secret).update(body).digest("hex");
      const headers = {
        "x-github-event": "github_app_authorization",
        "x-github-delivery": randomUUID(),
        "x-hub-signature-256": `sha256=${signature}`,
      };
      return stack.call("POST", `/api/${address}/webhooks`, { body, headers });
    };
    const secrets = [
      ["github", lite.app.webhookSecret, "WEBHOOK_SECRET"],
      ["github-lite", stack.sandbox.app.webhookSecret, "GITHUB_LITE_WEBHOOK_SECRET"],
    ] as const;
    for (const [address, secret, variable] of secrets) {
      const { status, body } = await post(address, secret);
      expect({ status, body }).toMatchObject({ status: 401, body: { code: "signature_invalid" } });
      expect(body.detail).toContain(` ${variable} must equal`);
    }
    expect(await states(person)).toEqual({ github: "active", "github-lite": "active" });
    expect((await post("github-lite", lite.app.webhookSecret)).status).toBe(202);
  });
});

describe("without an account at the lite App", () => {
  test("a commit through it is refused, and says where it is missing", async () => {
    const { login, id } = newcomer(stack);
    await stack.sandbox.addRepository(`${login}/notes`, { files: { "README.md": "Notes\n" } });
    stack.sandbox.setInstallation(login, "all");
    lite.setInstallation(login, "all");
    await stack.connect(login);
    const { key } = await stack.bot(`bot-of-${login}`);
    await stack.delegate(`gh.${id}`, `bot-of-${login}`, ["*"], [], ["commit"]);
    const wish = { provider: "github-lite" };
    const before = await stored(stack);
    const missing = await commit({ id, key }, `${login}/notes`, wish);
    expect(missing).toMatchObject({ status: 403, body: { code: "delegation_required" } });
    expect(missing.body.action_url).toContain("provider=github-lite");
    expect(await stored(stack)).toEqual(before);
    await stack.delegate(`gh.${id}`, `bot-of-${login}`, ["*"], [], ["commit"], "github-lite");
    expect(await commit({ id, key }, `${login}/notes`, wish)).toMatchObject({
      status: 403,
      body: { code: "not_connected", detail: expect.stringContaining("GitHub lite") },
    });
    expect((await commit({ id, key }, `${login}/notes`)).status).toBe(201);
  });
});

describe("on the pages", () => {
  test("a person permits, sees, refuses and ends a permission of the account that they name", async () => {
    const { login, id } = newcomer(stack);
    const { browser } = await stack.signIn(login);
    const none = async (query = "") => {
      const { text } = await browser.open(`${stack.url}/permissions${query}`);
      return /No bot can act [^.]*/.exec(text)?.[0];
    };
    const ask = "?bot=deploy-bot&capability=commit&provider=";
    await stack.bot("deploy-bot");
    expect(await none()).toBe("No bot can act as you before you are connected, whatever you permit here");
    await stack.connect(login, browser, "github-lite");
    expect([await none(), await none(`${ask}github-lite`)]).toEqual([undefined, undefined]);
    expect(await none(`${ask}github`)).toContain("with your GitHub account before you connect it");
    const bot = await stack.bot(`bot-of-${login}`);
    const asked = `bot=${bot.name}&provider=github-lite&capability=commit&repository=${login}%2Fnotes`;
    const page = await browser.open(`${stack.url}/permissions?${asked}`);
    expect(page.text).toMatch(/<dt>With your account at<\/dt><dd>GitHub lite<\/dd>/);
    expect(page.text).toContain('<option value="github-lite" selected>GitHub lite</option>');
    const fields = { bot: bot.id, provider: "github-lite", repositories: `${login}/notes`, capability: "commit" };
    const done = await browser.submit(page, "Let the bot act as you", fields);
    expect(done.text).toContain("Permitted. The bot can act as you from now on");
    expect(done.text).toContain("with your GitHub lite account");
    const list = async () => {
      const { rows } = await stack.database.query<{ provider: string }>({
        text: "SELECT provider FROM delegations WHERE bot_id = $1 AND ended_at IS NULL",
        values: [bot.id],
      });
      return rows.map(({ provider }) => provider);
    };
    expect(await list()).toEqual(["github-lite"]);
    const standard = await browser.submit(page, "Let the bot act as you", { ...fields, provider: "github" });
    expect(standard.text).toContain("Permitted. The bot can act as you once you are connected.");
    expect(standard.text).toContain("Connect GitHub<");
    expect((await list()).sort()).toEqual(["github", "github-lite"]);
    const unknown = await browser.submit(page, "Let the bot act as you", { ...fields, provider: "gitlab" });
    expect(unknown.status).toBe(400);
    expect(unknown.text).toContain("Choose one of your accounts.");
    const refused = await browser.submit(page, "Refuse");
    expect(refused.text).toContain(`<strong>${bot.name}</strong> with your GitHub lite account`);
    expect(id).toBeGreaterThan(0);
  });

  test("an admin offers a bot to whoever connects the lite App, and a limit withdraws it there", async () => {
    const admin = newcomer(stack);
    const { browser } = await stack.signIn(admin.login);
    await stack.database.query({
      text: "UPDATE users SET role = 'admin' WHERE id = (SELECT user_id FROM identities WHERE login = $1 LIMIT 1)",
      values: [admin.login],
    });
    const bot = await stack.bot(`offered-to-${admin.login}`);
    const page = await browser.open(`${stack.url}/admin/bots/${bot.id}`);
    const scope = { repositories: "*", capability: ["commit"] };
    await browser.post(`${stack.url}/admin/bots/${bot.id}/offer`, { ...scope, provider: "github-lite" }, page.url);
    const made = await browser.open(`${stack.url}/admin/bots/${bot.id}`);
    expect(made.text).toContain("Everybody who connects GitHub lite is offered that it may");
    expect(made.text).not.toContain("Everybody who connects GitHub is offered");
    const person = newcomer(stack);
    const { browser: theirs } = await stack.signIn(person.login);
    const accounts = await theirs.open(`${stack.url}/accounts`);
    expect(accounts.text.split("/connect/github-lite")[0]?.includes(bot.name)).toBe(false);
    const consent = await theirs.submit(accounts, "/connect/github-lite");
    await theirs.submit(consent, "Authorize", { login: person.login, action: "authorize" });
    const { rows } = await stack.database.query<{ provider: string }>({
      text: "SELECT provider FROM delegations WHERE bot_id = $1",
      values: [bot.id],
    });
    expect(rows).toEqual([{ provider: "github-lite" }]);
    const limit = { repositories: "acme/*", capability: ["commit"] };
    const limited = await browser.post(`${stack.url}/admin/bots/${bot.id}/ceiling`, limit, page.url);
    expect(limited.text).toContain("Its offer went further, and was withdrawn.");
    expect(await lastEvent("bot.offer_withdraw")).toMatchObject({ provider: "github-lite" });
  });
});

describe("one number is one person", () => {
  test("an account at one App is refused to another user than the number's", async () => {
    const [owner, other] = [newcomer(stack), newcomer(stack)];
    await stack.signIn(owner.login);
    const { browser } = await stack.signIn(other.login);
    const before = await stored(stack);
    const accounts = await browser.open(`${stack.url}/accounts`);
    const consent = await browser.submit(accounts, "/connect/github-lite");
    const page = await browser.submit(consent, "Authorize", { login: owner.login, action: "authorize" });
    expect(codeOf(page)).toBe("identity_in_use");
    await vi.waitUntil(() => !lite.grants().some(({ login, tokens }) => login === owner.login && tokens > 0), soon);
    expect(await stored(stack)).toEqual(before);
  });

  test("two users who connect one number at once, each at another App: it becomes one's", async () => {
    const [number, ...users] = [newcomer(stack), newcomer(stack), newcomer(stack)];
    const paths = ["/connect/github", "/connect/github-lite"] as const;
    const browsers = await Promise.all(users.map(async ({ login }) => (await stack.signIn(login)).browser));
    const callbacks = await Promise.all(
      browsers.map((browser, index) =>
        answerGithub(stack, browser, paths[index] ?? "/connect/github", { login: number.login }),
      ),
    );
    const pages = await Promise.all(
      browsers.map((browser, index) => browser.open(callbacks[index]?.callback.href ?? "")),
    );
    expect(pages.map(codeOf).sort()).toEqual(["identity_in_use", undefined]);
    const { rows } = await stack.database.query<{ users: number }>({
      text: `SELECT count(DISTINCT user_id)::integer AS users FROM identities
        WHERE provider_uid = $1 AND user_id IS NOT NULL`,
      values: [String(number.id)],
    });
    expect(rows).toEqual([{ users: 1 }]);
  });

  test("who connected a number at the lite App signs in with it as the same user", async () => {
    const [first, second] = [newcomer(stack), newcomer(stack)];
    const { browser } = await stack.signIn(first.login);
    const accounts = await browser.open(`${stack.url}/accounts`);
    const consent = await browser.submit(accounts, "/connect/github-lite");
    await browser.submit(consent, "Authorize", { login: second.login, action: "authorize" });
    await stack.signIn(second.login);
    const { rows } = await stack.database.query<{ users: number; identities: number }>({
      text: `SELECT count(DISTINCT user_id)::integer AS users, count(*)::integer AS identities FROM identities
        WHERE provider_uid = ANY ($1)`,
      values: [[String(first.id), String(second.id)]],
    });
    expect(rows).toEqual([{ users: 1, identities: 3 }]);
  });

  test("who is known at the lite App alone is found by login, and erased with the mirrors of either App", async () => {
    const { login, id } = newcomer(stack);
    const { browser } = await stack.signIn(newcomer(stack).login);
    const accounts = await browser.open(`${stack.url}/accounts`);
    const consent = await browser.submit(accounts, "/connect/github-lite");
    await browser.submit(consent, "Authorize", { login, action: "authorize" });
    const { key } = await stack.bot("host-that-erases", "platform");
    expect((await stack.call("GET", `/api/v1/users/@${login}/accounts`, { key })).status).toBe(200);

    await stack.sandbox.addRepository(`${login}/notes`, { files: { "README.md": "Notes\n" } });
    for (const app of [stack.sandbox, lite]) app.setInstallation(login, "all");
    for (const provider of ["github", "github-lite"]) {
      const body = { repository: `${login}/notes`, provider };
      expect((await stack.call("PUT", "/api/v1/repositories", { key, body })).status).toBe(201);
    }
    expect((await stack.call("DELETE", `/api/v1/users/gh.${id}`, { key })).status).toBe(202);
    const { body } = await stack.call("GET", "/api/v1/repositories", { key });
    expect(JSON.stringify(body)).not.toContain(login);
  });

  test("a person who was deactivated comes back by neither App", async () => {
    const [gone, other] = [newcomer(stack), newcomer(stack)];
    await stack.signIn(gone.login);
    const { key } = await stack.bot("host", "platform");
    expect((await stack.call("POST", `/api/v1/users/gh.${gone.id}/deactivate`, { key })).status).toBe(202);
    const { browser } = await stack.signIn(other.login);
    const accounts = await browser.open(`${stack.url}/accounts`);
    const consent = await browser.submit(accounts, "/connect/github-lite");
    const page = await browser.submit(consent, "Authorize", { login: gone.login, action: "authorize" });
    expect(codeOf(page)).toBe("user_deactivated");
  });
});

describe("/onbehalf whoami", () => {
  const answersIn = (repository: string) =>
    stack.sandbox.comments(repository).filter(({ login }) => login.endsWith("[bot]"));

  test.each(["both", "liteOnly"] as const)("is answered once where %s can answer", async (where) => {
    const person = await somebody();
    const repository = person[where];
    await stack.sandbox.settled();
    const known = [stack.sandbox.deliveries.length, lite.deliveries.length] as const;
    stack.sandbox.comment(repository, { issue: 1, login: person.login, body: "/onbehalf whoami" });
    await stack.sandbox.settled();
    const told = [...stack.sandbox.deliveries.slice(known[0]), ...lite.deliveries.slice(known[1])];
    const asked = told.filter(({ event, action }) => event === "issue_comment" && action === "created");
    expect(asked.length).toBeGreaterThan(0);
    await vi.waitUntil(() => answersIn(repository).length > 0, soon);
    await vi.waitFor(async () => {
      // One that found the other at it is tried again, and finds it answered then.
      await stack.database.query({
        text: "UPDATE deliveries SET next_attempt_at = now() WHERE state = 'received' AND event = 'issue_comment'",
      });
      const { rows } = await stack.database.query<{ state: string }>({
        text: "SELECT DISTINCT state FROM deliveries WHERE delivery_id = ANY ($1)",
        values: [asked.map(({ id }) => id)],
      });
      expect(rows).toEqual([{ state: "handled" }]);
    }, soon);
    const [answer, ...more] = answersIn(repository);
    expect(more).toEqual([]);
    expect(answer?.body).toContain(`\`bot-of-${person.login}\`, through GitHub lite`);
    if (where === "both") expect(answer?.body).toContain(`| \`bot-of-${person.login}\` |`);
    else expect(answer?.login).toBe("onbehalf-lite[bot]");
  });
});

test("failed deliveries are asked for of each App", async () => {
  const seen = (app: AppControls) => app.deliveries.filter(({ redelivery }) => redelivery).length;
  for (const app of [stack.sandbox, lite]) {
    app.setWebhookUrl("http://127.0.0.1:9/nobody");
    await app.deliver("ping", { zen: "Nobody is there." });
    app.setWebhookUrl(`${stack.url}/api/${app === lite ? "github-lite" : "github"}/webhooks`);
  }
  await stack.replica();
  await vi.waitUntil(() => seen(stack.sandbox) > 0 && seen(lite) > 0, soon);
});
