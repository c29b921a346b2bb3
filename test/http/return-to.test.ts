import { expect, test } from "vitest";
import { answerGithub, codeOf, location } from "../harness/authorization.ts";
import { Browser } from "../harness/browser.ts";
import { newcomer } from "../harness/people.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();

/** Where a sign-in that was started with this `return_to` ends. */
async function endsAt(returnTo: string): Promise<string> {
  const browser = new Browser();
  const { login } = newcomer(stack);
  const { callback } = await answerGithub(stack, browser, "/sign-in/github", { login, form: { return_to: returnTo } });
  return location(await browser.request(callback.href)).href;
}

test("a person who was on the way to a page comes there after signing in", async () => {
  const browser = new Browser();
  const asked = await browser.open(`${stack.url}/permissions?bot=deploy-bot`);
  expect(asked.text).toContain("Sign in with GitHub");
  const consent = await browser.submit(asked, "Sign in with GitHub");
  const page = await browser.submit(consent, "Authorize", { login: newcomer(stack).login, action: "authorize" });
  expect(page.url).toBe(`${stack.url}/permissions?bot=deploy-bot`);
  expect(page.text).toContain("Permissions");
});

test.each(["/permissions", "/permissions?bot=a&x=%2F%2Fevil.example", "/accounts?done=connected"])(
  "%s is a place to return to",
  async (path) => {
    expect(await endsAt(path)).toBe(`${stack.url}${path}`);
  },
);

test.each([
  "https://evil.example/",
  "//evil.example/",
  "///evil.example/",
  "/\\evil.example/",
  "\\\\evil.example/",
  "/\t/evil.example/",
  "/\n/evil.example/",
  "/.//evil.example/",
  "/..//evil.example/",
  "/%2e//evil.example/",
  "/a/..//evil.example/",
  "/./\\evil.example/",
  "javascript:alert(1)",
  "data:text/html,x",
  "evil.example",
  " //evil.example",
  "@evil.example",
  "http:evil.example",
  "",
  `/${"a".repeat(2_000)}`,
])("08 %j is not: the person comes to their accounts", async (returnTo) => {
  expect(await endsAt(returnTo)).toBe(`${stack.url}/accounts`);
  const page = await new Browser().open(`${stack.url}/?return_to=${encodeURIComponent(returnTo)}`);
  expect(page.status).toBe(200);
  expect(page.text).not.toContain('name="return_to"');
});

test("a return_to that is given twice is refused", async () => {
  const browser = new Browser();
  const twice = await browser.open(`${stack.url}/?return_to=/permissions&return_to=//evil.example`);
  expect(twice.status).toBe(400);
  expect(codeOf(twice)).toBe("bad_request");
  expect(twice.text).not.toContain("evil.example");
});
