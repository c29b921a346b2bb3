import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { defaultSeed, type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { Browser, type Page } from "../harness/browser.ts";
import { call } from "./call.ts";

const manifest = {
  name: "My Bots",
  url: "http://127.0.0.1:9",
  hook_attributes: { url: "http://127.0.0.1:9/hook", active: false },
  redirect_url: "http://127.0.0.1:9/setup/callback",
  callback_urls: ["http://127.0.0.1:9/callback"],
  setup_url: "http://127.0.0.1:9/accounts",
  public: false,
  default_permissions: { contents: "write", issues: "read", metadata: "read" },
  default_events: ["push", "issue_comment"],
};

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox({ app: false, seed: { ...defaultSeed, repositories: [] } });
});
afterEach(() => sandbox.close());

const paths = { own: "/settings/apps/new?state=s1", acme: "/organizations/acme/settings/apps/new?state=s1" };

/** Another site posts a manifest. */
const post = (change: object = {}, path = paths.own, browser = new Browser()) =>
  browser.post(`${sandbox.webUrl}${path}`, { manifest: JSON.stringify({ ...manifest, ...change }) }, "http://other/");

/** The visitor presses the button; where they are sent. */
async function press(page: Page, login: string, fields: Record<string, string> = {}): Promise<Page> {
  const form = new URLSearchParams({ state: "s1", manifest: JSON.stringify(manifest), name: "My Bots", ...fields });
  form.set("login", login);
  form.set("action", "create");
  return new Browser().request(page.url, { method: "POST", body: form });
}

async function register(login: string, path = paths.own, change: object = {}): Promise<string> {
  const page = await post(change, path);
  const wanted = { ...manifest, ...change };
  const pressed = await press(page, login, { manifest: JSON.stringify(wanted), name: wanted.name });
  const back = new URL(pressed.headers.get("location") ?? "http://nowhere.invalid");
  expect(back.origin + back.pathname).toBe(manifest.redirect_url);
  expect(back.searchParams.get("state")).toBe("s1");
  return back.searchParams.get("code") ?? "";
}

const convert = (code: string) => call(sandbox, "POST", `/app-manifests/${code}/conversions`);

test("without an app there is nothing to install or to authorize", async () => {
  const browser = new Browser();
  expect((await browser.open(`${sandbox.webUrl}/apps/onbehalf/installations/new`)).status).toBe(404);
  const asked = `client_id=${sandbox.app.clientId}`;
  expect((await browser.open(`${sandbox.webUrl}/login/oauth/authorize?${asked}`)).status).toBe(404);
  expect((await browser.open(sandbox.webUrl)).text).not.toContain("Install");
});

test("the page shows permissions and events, and a press makes the app the sandbox's app", async () => {
  const page = await post({}, paths.acme);
  expect(page.status).toBe(200);
  for (const words of ["contents", "write", "push, issue_comment", "Create GitHub App</button>", "(switched off)"]) {
    expect(page.text).toContain(words);
  }
  const { status, body } = await convert(await register("ada", paths.acme));
  expect(status).toBe(201);
  expect(body).toMatchObject({
    slug: "my-bots",
    name: "My Bots",
    owner: { login: "acme", id: 6154722, type: "Organization" },
    permissions: manifest.default_permissions,
    events: manifest.default_events,
    html_url: `${sandbox.webUrl}/apps/my-bots`,
  });
  expect(body.pem).toMatch(/^-----BEGIN RSA PRIVATE KEY-----/);
  const { app } = sandbox;
  expect([body.id, body.client_id, body.client_secret, body.webhook_secret]).toEqual([
    app.id,
    app.clientId,
    app.clientSecret,
    app.webhookSecret,
  ]);
});

test("a code works once, and for an hour", async () => {
  const code = await register("ada");
  expect((await convert(code)).status).toBe(201);
  expect((await convert(code)).status).toBe(404);
  const late = await register("ada", paths.own, { name: "Late" });
  sandbox.ageRegistrations(3_600_001);
  expect((await convert(late)).status).toBe(404);
  expect((await convert("0".repeat(40))).status).toBe(404);
});

test("an organisation's app is registered by its owners only", async () => {
  for (const login of ["grace", "mallory", "nobody"]) {
    expect((await press(await post({}, paths.acme), login)).status).toBe(404);
  }
  expect((await post({}, "/organizations/none/settings/apps/new")).status).toBe(404);
});

test("an app without a hook has no webhook secret", async () => {
  const { body } = await convert(await register("ada", paths.own, { hook_attributes: undefined }));
  expect(body.webhook_secret).toBeNull();
});

test("a name that is taken, too long or empty is asked for again", async () => {
  await convert(await register("ada"));
  const page = await post();
  for (const [name, words] of [
    ["my bots", "already taken"],
    ["x".repeat(35), "too long"],
    [" ", "blank"],
  ] as const) {
    const answer = await press(page, "ada", { name });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(words);
  }
});

describe("a manifest is refused", () => {
  test.each<[string, object]>([
    ["Default events unsupported: installation", { default_events: ["installation"] }],
    ["Default events unsupported: installation_repositories", { default_events: ["installation_repositories"] }],
    ["Default events unsupported: github_app_authorization", { default_events: ["github_app_authorization"] }],
    ["Default events unsupported: pushes", { default_events: ["pushes"] }],
    ["not supported by permissions: issue_comment", { default_permissions: { contents: "write" } }],
    ["(repo)", { default_permissions: { repo: "write", contents: "write", issues: "read" } }],
    ["at most 10", { callback_urls: Array.from({ length: 11 }, (_, index) => `http://127.0.0.1:9/${index}`) }],
    ["Callback url must be a valid URL", { callback_urls: ["javascript:alert(1)"] }],
    ["Hook url must be a valid URL", { hook_attributes: { url: "ftp://127.0.0.1/hook" } }],
    ["Redirect url must be a valid URL", { redirect_url: "onbehalf" }],
    ["Setup url must be a valid URL", { setup_url: "mailto:ada@example.com" }],
    ["Url must be a valid URL", { url: "127.0.0.1" }],
    ["&quot;url&quot; wasn&#39;t supplied", { url: undefined }],
    ["Hook &quot;url&quot; wasn&#39;t supplied", { hook_attributes: { active: false } }],
  ])("%s", async (words, change) => {
    const page = await post(change);
    expect(page.status).toBe(422);
    expect(page.text).toContain(words);
  });

  test("where loopback hooks are refused, an inactive one is, too", async () => {
    expect((await post()).status).toBe(200);
    sandbox.switches.refuseLoopbackHooks = true;
    expect((await post()).text).toContain("reachable over the public Internet");
    expect((await post({ hook_attributes: { url: "https://hook.example.com", active: false } })).status).toBe(200);
  });
});

describe("a private app", () => {
  const authorize = async (login: string) =>
    new Browser().request(`${sandbox.webUrl}/login/oauth/authorize`, {
      method: "POST",
      body: new URLSearchParams({ client_id: sandbox.app.clientId, login, action: "authorize" }),
    });
  const install = async (owner: string) =>
    new Browser().request(`${sandbox.webUrl}/apps/my-bots/installations/new`, {
      method: "POST",
      body: new URLSearchParams({ owner, action: "install" }),
    });

  test("of a person is authorized and installed by that person alone", async () => {
    await convert(await register("ada"));
    expect((await authorize("ada")).status).toBe(302);
    expect((await authorize("grace")).status).toBe(404);
    expect((await install("acme")).status).toBe(404);
    const installed = await install("ada");
    const back = new URL(installed.headers.get("location") ?? "");
    expect(back.origin + back.pathname).toBe(manifest.setup_url);
    expect(back.searchParams.get("setup_action")).toBe("install");
  });

  test("of an organisation is authorized by its members and installed there alone", async () => {
    await convert(await register("ada", paths.acme));
    expect((await authorize("grace")).status).toBe(302);
    expect((await authorize("mallory")).status).toBe(404);
    expect((await install("ada")).status).toBe(404);
    expect((await install("acme")).status).toBe(303);
    const { text } = await new Browser().open(`${sandbox.webUrl}/apps/my-bots/installations/new`);
    expect(text).toContain("acme");
    expect(text).not.toContain("linus");
  });

  test("when it is public, everybody may", async () => {
    await convert(await register("ada", paths.own, { public: true }));
    expect((await authorize("mallory")).status).toBe(302);
    expect((await install("linus")).status).toBe(303);
  });
});
