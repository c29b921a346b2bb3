import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Browser } from "../harness/browser.ts";
import { type SetupStack, startSetupStack } from "../harness/setup.ts";

let stack: SetupStack;
beforeAll(async () => {
  stack = await startSetupStack();
});
afterAll(() => stack.stop());

async function answer(answers: Record<string, string>) {
  const { browser, page } = await stack.enter();
  return browser.submit(page, "Go on", { owner: "organization", organization: "acme", ...answers });
}

/** The manifest that a page hands over. */
function manifestOf(text: string): Record<string, unknown> {
  const value = /name="manifest" value="([^"]*)"/.exec(text)?.[1] ?? "";
  return JSON.parse(value.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&"));
}

test("it asks for the address, the owner, who may sign in and a name, and proposes what it can", async () => {
  const { page } = await stack.enter();
  expect(page.text).toContain(`name="public_url" value="${stack.setup.url}"`);
  expect(page.text).toMatch(/name="name" value="onbehalf-[0-9a-f]{4}"/);
  expect(page.text).toMatch(/value="closed"[^>]* checked/);
  // Whoever owns the app is a choice to make.
  expect(page.text).not.toMatch(/name="owner"[^>]* checked/);
  // The environment has said which GitHub.
  expect(page.text).not.toContain('name="github_url"');
});

test("it says in plain words who can then authorise the app", async () => {
  const { page } = await stack.enter();
  expect(page.text).toContain("GitHub lets only the owning account authorise and install the app.");
  expect(page.text).toContain("Only you can authorise the app");
  expect(page.text).toContain("Its members can authorise the app");
  const created = await answer({});
  expect(created.text).toContain("Members of acme, and nobody else.");
  const own = await answer({ owner: "own", organization: "" });
  expect(own.text).toContain("Only you. Nobody else can connect or sign in with this app.");
});

describe("a wrong answer is asked for again, and the others stay", () => {
  test.each<[string, Record<string, string>]>([
    ["The address is not an address such as", { public_url: "not an address" }],
    ["The address is http:// for a host that is not loopback", { public_url: "http://onbehalf.example.com" }],
    ["The address has a path", { public_url: "https://example.com/onbehalf" }],
    ["Choose who owns the app", { owner: "" }],
    ["Write the organisation&#39;s name", { organization: "" }],
    ["Write the organisation&#39;s name", { organization: "https://github.com/acme" }],
    ["You chose your own account: leave this empty", { owner: "own" }],
    ["let the organisation own the app", { owner: "own", organization: "", sign_in: "org" }],
    ["Choose who may sign in", { sign_in: "everybody" }],
    ["Give a name with letters or digits", { name: "   " }],
    ["of at most 34 characters", { name: "x".repeat(35) }],
  ])("%s", async (words, answers) => {
    const page = await answer({ sign_in: "closed", name: "my bots", ...answers });
    expect(page.status).toBe(400);
    expect(page.text).toContain(words);
    expect(page.text).toContain("Nothing was created.");
    if (!("name" in answers)) expect(page.text).toContain('name="name" value="my bots"');
  });

  test("all faults are told at once", async () => {
    const page = await answer({ public_url: "x y", organization: "", name: "" });
    expect(page.text.match(/FormControl-error/g)).toHaveLength(3);
  });

  test("none of it left anything behind", () => {
    expect(existsSync(join(stack.dataDir, ".env"))).toBe(false);
    expect(stack.sandbox.requests).toEqual([]);
  });
});

test("the manifest is app.yml with this deployment's addresses and name", async () => {
  const page = await answer({ name: 'Acme\'s "bots"' });
  const { url } = stack.setup;
  expect(manifestOf(page.text)).toMatchObject({
    name: 'Acme\'s "bots"',
    url,
    hook_attributes: { url: `${url}/api/github/webhooks`, active: true },
    redirect_url: `${url}/setup/callback`,
    callback_urls: [`${url}/connect/github/callback`],
    setup_url: `${url}/accounts`,
    public: false,
    default_permissions: { contents: "write", metadata: "read" },
    default_events: expect.arrayContaining(["push"]),
  });
  const action = /<form method="post" action="([^"]+)"/.exec(page.text)?.[1] ?? "";
  expect(action).toMatch(/\/organizations\/acme\/settings\/apps\/new\?state=[\w-]{43}$/);
  expect(page.headers.get("content-security-policy")).toContain(`form-action 'self' ${stack.sandbox.webUrl};`);
});

test("the app of one's own account is registered there", async () => {
  const page = await answer({ owner: "own", organization: "" });
  expect(page.text).toContain(`action="${stack.sandbox.webUrl}/settings/apps/new?state=`);
});

test("an app whose members may sign in asks to read who they are", async () => {
  const page = await answer({ sign_in: "org" });
  expect(manifestOf(page.text)).toMatchObject({ default_permissions: { members: "read" } });
  expect(manifestOf((await answer({})).text)).not.toMatchObject({ default_permissions: { members: "read" } });
});

describe("at another address", () => {
  const other = () => stack.setup.url.replace("127.0.0.1", "localhost");

  test("set-up goes on there, with what was answered", async () => {
    const { browser, page } = await stack.enter();
    const answers = { owner: "organization", organization: "acme", public_url: other() };
    const notice = await browser.submit(page, "Go on", answers);
    expect(notice.url).toBe(`${stack.setup.url}/setup/address`);
    const onward = /href="([^"]*handover=[^"]*)"/.exec(notice.text)?.[1] ?? "";
    expect(onward.startsWith(other())).toBe(true);
    const there = new Browser();
    const create = await there.open(onward);
    expect(create.url).toBe(`${other()}/setup/create`);
    expect(manifestOf(create.text)).toMatchObject({ url: other(), redirect_url: `${other()}/setup/callback` });
    // The way on works once.
    expect((await new Browser().open(onward)).status).toBe(404);
  });

  test("the way on is good for 10 minutes", async () => {
    const { browser, page } = await stack.enter();
    const answers = { owner: "organization", organization: "acme", public_url: other() };
    const notice = await browser.submit(page, "Go on", answers);
    stack.pass(10 * 60 * 1000 + 1);
    const onward = /href="([^"]*handover=[^"]*)"/.exec(notice.text)?.[1] ?? "";
    expect((await new Browser().open(onward)).status).toBe(404);
  });
});

test("what the environment fixes is not asked, and is what counts", async () => {
  const fixed = await startSetupStack({ environment: { PUBLIC_URL: "https://bots.example.com", SIGN_IN: "org:acme" } });
  try {
    expect(fixed.setup.link).toMatch(/^https:\/\/bots\.example\.com\/setup\?token=/);
    const { search } = new URL(fixed.setup.link);
    const browser = new Browser();
    const page = await browser.open(`${fixed.setup.url}/setup${search}`);
    for (const name of ["public_url", "github_url", "sign_in"]) expect(page.text).not.toContain(`name="${name}"`);
    const refused = await browser.submit(page, "Go on", { owner: "own", public_url: "https://evil.example.com" });
    expect(refused.text).toContain("let the organisation own the app");
    const notice = await browser.submit(refused, "Go on", { owner: "organization", organization: "acme" });
    expect(notice.text).toContain("You gave the address https://bots.example.com.");
    const create = await browser.open(`${fixed.setup.url}/setup/create`);
    expect(manifestOf(create.text)).toMatchObject({ url: "https://bots.example.com" });
    expect(create.text).toContain("Members of <strong>acme</strong>, and admins.");
  } finally {
    await fixed.stop();
  }
});
