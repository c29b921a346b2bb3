import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Browser, type Page } from "../harness/browser.ts";
import { type SetupStack, startSetupStack } from "../harness/setup.ts";

let stack: SetupStack;
beforeEach(async () => {
  stack = await startSetupStack();
});
afterEach(() => stack.stop());

const ofAcme = { owner: "organization", organization: "acme" };
const conversions = () => stack.sandbox.requests.filter(({ path }) => path.includes("/app-manifests/"));

/** Up to GitHub's page, and where GitHub would send the browser, which does not go there. */
async function registered(answers: Record<string, string> = ofAcme) {
  const { browser, page } = await stack.enter();
  const create = await browser.submit(page, "Go on", answers);
  const github = await browser.submit(create, "Go to GitHub and create it");
  const body = new URLSearchParams(fieldsOf(github));
  body.set("login", "ada");
  body.set("action", "create");
  const pressed = await browser.request(github.url, { method: "POST", body });
  return { browser, back: pressed.headers.get("location") ?? "" };
}

function fieldsOf({ text }: Page): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [, name = "", value = ""] of text.matchAll(/type="(?:hidden|text)" name="(\w+)" value="([^"]*)"/g)) {
    fields[name] = value.replaceAll("&quot;", '"').replaceAll("&amp;", "&");
  }
  return fields;
}

function nothingHappened(): void {
  expect(conversions()).toEqual([]);
  expect(existsSync(join(stack.dataDir, ".env"))).toBe(false);
  expect(existsSync(join(stack.dataDir, "setup-unfinished.json"))).toBe(false);
}

const written = async () => parseEnv(await readFile(join(stack.dataDir, ".env"), "utf8"));

describe("the state of the redirect", () => {
  test("works once", async () => {
    const { browser, back } = await registered();
    await browser.open(back);
    expect(conversions()).toHaveLength(1);
    const again = await browser.open(back);
    expect([again.status, again.text]).toEqual([400, expect.stringContaining("state_used")]);
    expect(conversions()).toHaveLength(1);
  });

  test("of another browser is refused there, and still works in its own", async () => {
    const { browser, back } = await registered();
    const other = (await stack.enter()).browser;
    const refused = await other.open(back);
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining("state_foreign")]);
    nothingHappened();
    expect((await browser.open(back)).url).toContain("/setup/sign-in");
  });

  test("that nobody made is refused", async () => {
    const { browser, back } = await registered();
    const address = new URL(back);
    for (const state of ["x".repeat(43), "", null]) {
      if (state === null) address.searchParams.delete("state");
      else address.searchParams.set("state", state);
      const refused = await browser.open(address.href);
      expect([refused.status, refused.text]).toEqual([400, expect.stringContaining("state_unknown")]);
    }
    nothingHappened();
  });

  test("is good for 10 minutes", async () => {
    const { browser, back } = await registered();
    stack.pass(10 * 60 * 1000 + 1);
    const refused = await browser.open(back);
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining("state_expired")]);
    nothingHappened();
  });

  test("without the link's cookie is nothing at all", async () => {
    const { back } = await registered();
    expect((await new Browser().open(back)).status).toBe(404);
    nothingHappened();
  });
});

describe("GitHub", () => {
  test("lets only an organisation's owners create its app; nothing happens here", async () => {
    const { page } = await stack.create(ofAcme, "grace");
    expect([page.status, page.url]).toEqual([404, expect.stringContaining("/organizations/acme/settings/apps/new")]);
    nothingHappened();
  });

  test("sends no code: nothing is fetched", async () => {
    const { browser, back } = await registered();
    const address = new URL(back);
    address.searchParams.delete("code");
    const page = await browser.open(address.href);
    expect([page.status, page.text]).toEqual([400, expect.stringContaining("code_missing")]);
    nothingHappened();
  });

  test("does not know the code any more: the page says to delete the app and start again", async () => {
    const { browser, back } = await registered();
    stack.sandbox.ageRegistrations(3_600_001);
    const page = await browser.open(back);
    expect([page.status, page.text]).toEqual([400, expect.stringContaining("code_expired")]);
    expect(page.text).toContain("Delete the app at GitHub");
    expect(stack.log.join("")).not.toContain(new URL(back).searchParams.get("code"));
    expect((await browser.open(`${stack.setup.url}/setup`)).text).toContain("Set up onbehalf");
  });

  test.each([
    ["fails", { respond: { status: 502, body: "<h1>Bad Gateway</h1>" } }],
    ["does not answer", { dropBefore: true }],
    ["limits", { respond: { status: 403, body: '{"message":"rate limit"}' } }],
    ["answers something else", { respond: { status: 201, body: '{"id":1}' } }],
  ])("%s: the keys are fetched at the second try", async (_what, fault) => {
    stack.sandbox.faults.add({ match: { path: /\/app-manifests\// }, times: 1, ...fault });
    const { browser, back } = await registered({ owner: "own" });
    const page = await browser.open(back);
    expect([page.status, page.text]).toEqual([502, expect.stringContaining("provider_unavailable")]);
    expect(existsSync(join(stack.dataDir, ".env"))).toBe(false);
    expect(stack.log.join("")).not.toContain(new URL(back).searchParams.get("code"));
    const done = await browser.submit(page, "Try again");
    expect(done.url).toBe(`${stack.setup.url}/setup/done`);
    expect(await written()).toMatchObject({ APP_ID: String(stack.sandbox.app.id) });
  });

  test("could not put a line of its own into the file", async () => {
    const body = {
      id: 1,
      slug: "x",
      name: "x",
      client_id: "Iv1",
      client_secret: "s\nADMIN_USERS=gh.1",
      webhook_secret: "w",
      pem: stack.sandbox.app.privateKey,
      owner: { id: 1, login: "x", type: "User" },
    };
    stack.sandbox.faults.add({
      match: { path: /\/app-manifests\// },
      times: 1,
      respond: { status: 201, headers: { "content-type": "application/json" }, body: JSON.stringify(body) },
    });
    const { browser, back } = await registered({ owner: "own" });
    expect((await browser.open(back)).status).toBe(502);
    expect(existsSync(join(stack.dataDir, ".env"))).toBe(false);
  });
});

test("a second app is not taken while set-up has one", async () => {
  const first = await registered();
  const second = await registered();
  await first.browser.open(first.back);
  const page = await second.browser.open(second.back);
  expect(page.url).toBe(`${stack.setup.url}/setup/sign-in`);
  expect(conversions()).toHaveLength(1);
});

test("nothing secret is in the log", async () => {
  const { browser, back } = await registered({ owner: "own" });
  await browser.open(back);
  const values = await written();
  const log = stack.log.join("");
  const code = new URL(back).searchParams.get("code") ?? "";
  const state = new URL(back).searchParams.get("state") ?? "";
  const secrets = ["GITHUB_CLIENT_SECRET", "WEBHOOK_SECRET", "PRIVATE_KEY", "ENCRYPTION_KEYS"];
  for (const secret of [code, state, ...secrets.map((name) => values[name] ?? "")]) {
    expect(secret).not.toBe("");
    expect(log).not.toContain(secret);
  }
});
