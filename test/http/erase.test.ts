import { expect, test } from "vitest";
import { codeOf } from "../harness/authorization.ts";
import { Browser } from "../harness/browser.ts";
import { committer, tokensAtGithub } from "../harness/people.ts";
import { auditSince, lastAudit, rowsOf, stored } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();

test("a person has themselves erased, and is signed out of every browser", async () => {
  const person = await committer(stack);
  const { browser: another } = await stack.signIn(person.login);
  const audit = await lastAudit(stack);
  const accounts = await person.browser.open(`${stack.url}/accounts`);
  expect(accounts.text).toContain('href="/erase"');
  const page = await person.browser.open(`${stack.url}/erase`);
  expect(page.text).toContain(`Write <strong>${person.login}</strong>`);
  const erased = await person.browser.submit(page, "Erase me", { confirm: ` @${person.login.toUpperCase()} ` });
  expect(erased.status).toBe(200);
  expect(erased.text).toContain("You were erased");
  expect(erased.text).toContain("Your authorisations were ended, too.");
  expect(erased.text).not.toContain(person.login);
  for (const browser of [person.browser, another]) {
    expect((await browser.open(`${stack.url}/accounts`)).text).toContain("Sign in with GitHub");
  }
  expect(tokensAtGithub(stack, person.login)).toBeNull();
  expect((await rowsOf(stack, "identities")).some(({ login }) => login === person.login)).toBe(false);
  expect((await person.commit()).body).toMatchObject({ code: "user_not_found" });
  expect((await auditSince(stack, audit)).filter(({ action }) => action !== "commit")).toMatchObject([
    { action: "disconnect", actor: "user", user_id: person.userId },
    { action: "user.erase", actor: "user", user_id: person.userId },
  ]);
});

test("with GitHub failing the page says that the end is still being tried", async () => {
  const person = await committer(stack);
  stack.sandbox.faults.add({ match: { method: "DELETE", path: /\/grant$/ }, respond: { status: 503 } });
  const page = await person.browser.open(`${stack.url}/erase`);
  const erased = await person.browser.submit(page, "Erase me", { confirm: person.login });
  expect(erased.text).toContain("has not confirmed yet that your authorisation has ended");
});

test("without their own login, from another site, or signed out nobody is erased", async () => {
  const person = await committer(stack);
  const before = await stored(stack);
  const page = await person.browser.open(`${stack.url}/erase`);
  for (const confirm of ["", "yes", "ada", "x".repeat(1000)]) {
    const refused = await person.browser.submit(page, "Erase me", { confirm });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain("Nothing was erased.");
  }
  const confirm = { confirm: person.login };
  const foreign = await person.browser.post(`${stack.url}/erase`, confirm, "https://evil.example/");
  expect(codeOf(foreign)).toBe("forbidden_origin");
  expect((await new Browser().post(`${stack.url}/erase`, confirm)).text).toContain("Sign in with GitHub");
  expect((await new Browser().open(`${stack.url}/erase`)).text).toContain("Sign in with GitHub");
  expect(await stored(stack)).toEqual(before);
  expect((await person.commit()).status).toBe(201);
});
