import { beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "../harness/browser.ts";
import { newcomer } from "../harness/people.ts";
import { auditSince, lastAudit, stored } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

/* What a person typed wrong comes back with the error at its field, and nothing is permitted. */

const stack = useStack();
let browser: Browser;
const bots = { live: "", platform: "", revoked: "" };
beforeAll(async () => {
  bots.live = (await stack.bot("deploy-bot")).id;
  bots.platform = (await stack.bot("platform", "platform")).id;
  bots.revoked = (await stack.bot("revoked-bot")).id;
  await stack.database.query({ text: "UPDATE bots SET revoked_at = now() WHERE id = $1", values: [bots.revoked] });
  ({ browser } = await stack.signIn(newcomer(stack).login));
});

type Fields = Record<string, string | string[]>;
const good = (): Fields => ({
  bot: bots.live,
  repositories: "acme/site\nacme/docs",
  branches: "main",
  capability: "commit",
  until: "2126-01-31",
});

/** The text of the error that stands at a field, tied to its control, and of which there is no other. */
function errorAt(page: Page, field: string): string {
  const errors = [...page.text.matchAll(/<p class="FormControl-error" id="([^"]+)">.*?<span>(.*?)<\/span>/gs)];
  expect(errors.map(([, id]) => id)).toEqual([`${field}-error`]);
  expect(page.text).toMatch(new RegExp(`aria-describedby="[^"]*${field}-error" aria-invalid="true"`));
  expect(page.text.match(/aria-invalid="true"/g)).toHaveLength(1);
  return errors[0]?.[2] ?? "";
}

async function refused(change: Fields): Promise<Page> {
  const [before, audit] = [await stored(stack), await lastAudit(stack)];
  const page = await browser.post(`${stack.url}/permissions`, { ...good(), ...change });
  expect(page.status).toBe(400);
  expect(page.text).toContain("<title>Error: Permissions");
  expect(await stored(stack)).toEqual(before);
  expect(await auditSince(stack, audit)).toEqual([]);
  return page;
}

const nul = String.fromCharCode(0);
const del = String.fromCharCode(127);
const many = (what: string) => Array.from({ length: 101 }, (_, index) => `${what}${index}`).join("\n");

test.each([
  { what: "none", value: () => "" },
  { what: "a name", value: () => "deploy-bot" },
  { what: "an endless id", value: () => "x".repeat(500) },
  { what: "a platform key", value: () => bots.platform },
  { what: "a revoked one", value: () => bots.revoked },
  { what: "two", value: () => [bots.live, bots.live] },
])("as a bot, $what", async ({ value }) => {
  expect(errorAt(await refused({ bot: value() }), "bot")).toBe("Choose one of the bots.");
});

test.each([
  ["", "Name at least one repository."],
  [" \r\n \n", "Name at least one repository."],
  ["site", "&quot;site&quot; is not owner/name, owner/* or *."],
  ["acme/site/x", "is not owner/name"],
  ["acme/..", "is not owner/name"],
  ["ac*/site", "is not owner/name"],
  ["*/site", "is not owner/name"],
  ["acme/site, acme/x", "is not owner/name"],
  ["https://github.com/acme/site", "is not owner/name"],
  [`acme/si${nul}te`, "is not owner/name"],
  [many("acme/r"), "At most 100 entries fit into one permission"],
])("as repositories, %j", async (repositories, says) => {
  expect(errorAt(await refused({ repositories }), "repositories")).toContain(says);
});

test.each([
  ["a b", "&quot;a b&quot; is not a branch name, nor a pattern of one with *."],
  ["a~1", "is not a branch name"],
  [`a${nul}b`, "is not a branch name"],
  [`a${del}b`, "is not a branch name"],
  ["a".repeat(245), "is not a branch name"],
  [many("b"), "At most 100 entries fit into one permission"],
])("as branches, %j", async (branches, says) => {
  expect(errorAt(await refused({ branches }), "branches")).toContain(says);
});

test.each([
  [[], "Choose what the bot may do."],
  [["admin"], "&quot;admin&quot; is no capability"],
  [["commit", "own"], "&quot;own&quot; is no capability"],
])("as capabilities, %j", async (capability, says) => {
  expect(errorAt(await refused({ capability }), "capability")).toContain(says);
});

test.each([
  ["2020-01-01", "The end lies in the past."],
  ["tomorrow", "Write the day as YYYY-MM-DD"],
  ["2126-02-31", "Write the day as YYYY-MM-DD"],
  ["2126-13-01", "Write the day as YYYY-MM-DD"],
  ["31.01.2126", "Write the day as YYYY-MM-DD"],
  ["2126-01-31T00:00:00Z", "Write the day as YYYY-MM-DD"],
])("as a last day, %j", async (until, says) => {
  expect(errorAt(await refused({ until }), "until")).toContain(says);
});

test("all that was typed comes back, beside the error", async () => {
  const { text } = await refused({ until: "tomorrow" });
  expect(text).toContain(`<option value="${bots.live}" selected>`);
  expect(text).toMatch(/<textarea[^>]*name="repositories"[^>]*>\nacme\/site\r?\nacme\/docs<\/textarea>/);
  expect(text).toMatch(/<textarea[^>]*name="branches"[^>]*>\nmain<\/textarea>/);
  expect(text).toMatch(/<input type="checkbox"[^>]*value="commit" checked>/);
  expect(text).toMatch(/<input[^>]*type="date"[^>]*name="until"[^>]*value="tomorrow"/);
});

test("a list that is much too long comes back whole", async () => {
  const repositories = Array.from({ length: 2_000 }, (_, index) => `acme/a-long-repository-name-${index}`).join("\n");
  const page = await refused({ repositories });
  expect(errorAt(page, "repositories")).toContain("At most 100 entries");
  expect(page.text).toContain("acme/a-long-repository-name-1999</textarea>");
});

test("markup that was typed comes back as text", async () => {
  const markup = "</textarea><script>alert(1)</script>";
  const { text } = await refused({ repositories: markup, branches: markup, until: '"><script>' });
  expect(text).not.toContain("<script>");
  expect(text).toContain("&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;</textarea>");
});

test("a form without fields is refused at its first one", async () => {
  const page = await browser.post(`${stack.url}/permissions`);
  expect(page.status).toBe(400);
  expect(errorAt(page, "bot")).toBe("Choose one of the bots.");
});

test("the same input is good without its fault", async () => {
  const page = await browser.post(`${stack.url}/permissions`, good());
  expect(page.url).toBe(`${stack.url}/permissions?done=granted`);
});
