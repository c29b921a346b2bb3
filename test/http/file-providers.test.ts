import { readFile, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { createDelegation } from "../../src/store/delegations.ts";
import { codeOf, ownForm } from "../harness/authorization.ts";
import { Browser, type Page } from "../harness/browser.ts";
import { useFileProviders } from "../harness/file-providers.ts";
import { rowsOf } from "../harness/stored.ts";

const file = useFileProviders({ acme: "  sign_in: true\n  icon: rocket\n" });

let people = 0;

/** Somebody whom the OpenID provider knows. */
function newPerson(): string {
  people += 1;
  const sub = `5${String(people).padStart(20, "0")}`;
  file.openid.people.push({ sub, name: `Person ${sub}`, email: `${sub}@acme.example`, emailVerified: true });
  return sub;
}

async function askAcme(browser: Browser): Promise<Page> {
  return browser.submit(await browser.open(`${file.stack.url}/`), "Sign in with Acme");
}

async function signIn(sub: string, browser = new Browser()): Promise<{ browser: Browser; page: Page }> {
  const page = await browser.submit(await askAcme(browser), "Allow", { sub, action: "allow" });
  return { browser, page };
}

async function connect(provider: string, browser: Browser, sub: string): Promise<Page> {
  const asked = await browser.post(`${file.stack.url}/connect/${provider}`, {}, `${file.stack.url}/accounts`);
  return browser.submit(asked, "Allow", { sub, action: "allow" });
}

async function identityOf(sub: string) {
  return (await rowsOf(file.stack, "identities")).find(({ provider_uid }) => provider_uid === sub);
}

async function accountOf(sub: string) {
  const identity = await identityOf(sub);
  return (await rowsOf(file.stack, "user_external_accounts")).find(({ identity_id }) => identity_id === identity?.id);
}

describe("a company's own provider", () => {
  test("is a way in, by its name and icon, and asks for what identifies alone", async () => {
    const sub = newPerson();
    const browser = new Browser();
    const asked = await askAcme(browser);
    expect(asked.text).toContain("(openid, email, profile)");
    expect(asked.text).not.toContain("notes:");
    const page = await browser.submit(asked, "Allow", { sub, action: "allow" });
    expect(page.url).toBe(`${file.stack.url}/accounts`);
    expect(await identityOf(sub)).toMatchObject({ provider: "acme", display_name: `Person ${sub}` });
    expect(await accountOf(sub)).toBeUndefined();
    // The page's policy names where its forms lead: Chromium wants that of the redirect, too.
    expect(page.headers.get("content-security-policy")).toContain(`form-action 'self' `);
    expect(page.headers.get("content-security-policy")).toContain(new URL(file.openid.issuer).origin);
  });

  test("is the only one of the file that has sign_in", async () => {
    const { text } = await new Browser().open(`${file.stack.url}/`);
    expect(text).not.toContain("Sign in with Notes");
    for (const id of ["notes", "nowhere"]) {
      const page = await new Browser().request(`${file.stack.url}/sign-in/${id}`, { method: "POST", headers: ownForm });
      expect([page.status, codeOf(page) ?? page.text.includes("not_found")]).toEqual([404, "not_found"]);
    }
  });

  test("07 identity is the issuer's subject: the same e-mail address is nobody", async () => {
    const [one, other] = [newPerson(), newPerson()];
    await signIn(one);
    const person = file.openid.people.find(({ sub }) => sub === other);
    if (person) person.email = `${one}@acme.example`;
    await signIn(other);
    expect((await identityOf(other))?.user_id).not.toBe((await identityOf(one))?.user_id);
  });

  test("leaves the account of who signs in as it was: a sign-in asks for less than a connect", async () => {
    const sub = newPerson();
    const { browser } = await signIn(sub);
    await connect("acme", browser, sub);
    const before = await accountOf(sub);
    expect(before).toMatchObject({ state: "active", provider: "acme" });
    await signIn(sub);
    expect(await accountOf(sub)).toEqual(before);
  });

  test("lets in whom SIGN_IN allows: of an organisation at GitHub it knows nothing", async () => {
    const [member, created] = [newPerson(), newPerson()];
    await signIn(created);
    const { user_id } = (await identityOf(created)) ?? {};
    for (const policy of ["org:acme", "closed"]) {
      await file.stack.restart({ SIGN_IN: policy });
      const users = await rowsOf(file.stack, "users");
      const { page } = await signIn(member);
      expect([page.status, codeOf(page)]).toEqual([403, "sign_in_closed"]);
      expect(await rowsOf(file.stack, "users")).toEqual(users);
      expect(await identityOf(member)).toBeUndefined();
      expect(codeOf((await signIn(created)).page)).toBe("sign_in_closed");
    }
    // As the platform creates users.
    await file.stack.database.query({ text: "UPDATE users SET external_id = 'u7' WHERE id = $1", values: [user_id] });
    expect((await signIn(created)).page.url).toBe(`${file.stack.url}/accounts`);
    await file.stack.restart({ SIGN_IN: "open" });
  });
});

test("a bot calls the API of a provider from the file as its person, and nothing else there", async () => {
  const sub = newPerson();
  const { browser } = await signIn(sub);
  await connect("notes", browser, sub);
  const { stack } = file;
  const { user_id: userId } = (await identityOf(sub)) ?? {};
  const { key, id: botId } = await stack.bot("note-bot");
  await createDelegation(stack.database, {
    userId: String(userId),
    botId,
    provider: "notes",
    repositories: ["*"],
    branches: ["*"],
    capabilities: ["api:read", "api:write"],
    endsAt: null,
    grantedBy: "user",
  });
  const headers = { "x-on-behalf-of": String(userId) };
  const note = await stack.call("POST", "/proxy/notes/api/notes", { key, headers, body: { text: "hello" } });
  expect([note.status, note.body]).toEqual([200, expect.objectContaining({ text: "hello", creator: { id: sub } })]);
  const elsewhere = await stack.call("GET", "/proxy/notes/@evil.example/api/notes", { key, headers });
  expect(elsewhere.status).toBeGreaterThanOrEqual(400);
});

describe("a start with another file", () => {
  const restartWith = async (change: (text: string) => string) => {
    const other = `${file.file}.other`;
    await writeFile(other, change(await readFile(file.file, "utf8")));
    await file.stack.restart({ PROVIDERS_FILE: other });
  };

  test("whose API changes things by GET, too, lets nobody read with api:read alone", async () => {
    const sub = newPerson();
    const { browser } = await signIn(sub);
    await connect("notes", browser, sub);
    const { stack } = file;
    const { user_id: userId } = (await identityOf(sub)) ?? {};
    const { key, id: botId } = await stack.bot("reading-bot");
    await createDelegation(stack.database, {
      userId: String(userId),
      botId,
      provider: "notes",
      repositories: ["*"],
      branches: ["*"],
      capabilities: ["api:read"],
      endsAt: null,
      grantedBy: "user",
    });
    const read = () =>
      stack.call("GET", "/proxy/notes/userinfo", { key, headers: { "x-on-behalf-of": String(userId) } });
    expect((await read()).status).toBe(200);
    await restartWith((text) => text.replaceAll("api: {", "api: {writes_by_get: true, "));
    expect(await read()).toMatchObject({ status: 403, body: { code: "delegation_required" } });
    await stack.restart({ PROVIDERS_FILE: file.file });
  });

  test("07 that names another issuer under an id that people are known by is refused", async () => {
    await signIn(newPerson());
    const elsewhere = restartWith((text) => text.replace(/issuer: .*/, "issuer: https://other.example"));
    await expect(elsewhere).rejects.toThrow(`"acme" has another issuer than before (${file.openid.issuer})`);
    await file.stack.restart({ PROVIDERS_FILE: file.file });
  });
});
