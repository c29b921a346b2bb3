import { beforeAll, expect, test } from "vitest";
import { codeOf, ownForm } from "../harness/authorization.ts";
import type { Page } from "../harness/browser.ts";
import { type Committer, committer } from "../harness/people.ts";
import { auditSince, lastAudit, rowsOf } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let person: Committer;
let id: string;

const words = ({ text }: Page) => text.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
const live = async ({ userId }: Committer) =>
  (await rowsOf(stack, "delegations")).filter(({ user_id, ended_at }) => user_id === userId && ended_at === null);
const wide = { repositories: ["person/*"], branches: ["*"], capabilities: ["commit", "push"] };

beforeAll(async () => {
  person = await committer(stack);
  wide.repositories = [`${person.login}/*`];
  await stack.database.query({
    text: "UPDATE delegations SET ended_at = now() WHERE user_id = $1",
    values: [person.userId],
  });
  const bot = `bot-of-${person.login}`;
  id = await stack.delegate(`gh.${person.id}`, bot, wide.repositories, wide.branches, wide.capabilities);
});

const narrow = (fields: Record<string, string | string[]>, of = id) =>
  person.browser.post(`${stack.url}/permissions/${of}/narrow`, {
    repositories: wide.repositories,
    capability: wide.capabilities,
    ...fields,
  });

test.each([
  ["another repository", { repositories: "acme/site" }, "“acme/site” is more than it has now"],
  ["every repository", { repositories: "*" }, "“*” is more than it has now"],
  ["another capability", { capability: ["commit", "workflows"] }, "“workflows” is more than it has now"],
  ["nothing to do", { capability: [] }, "Choose what the bot may do."],
  ["an end that is over", { until: "2020-01-01" }, "The end lies in the past."],
  ["a day that there is none of", { until: "2027-02-30" }, "a day that the calendar has"],
])("%s is refused at its field, and the permission stays as it is", async (_what, fields, said) => {
  const before = await live(person);
  const page = await narrow(fields);
  expect(page.status).toBe(400);
  expect(words(page).replace(/&quot;([^&]*)&quot;/g, "“$1”")).toContain(said);
  expect(await live(person)).toEqual(before);
});

test("somebody else's permission, and one that ended, can be neither seen nor narrowed", async () => {
  const other = await committer(stack);
  const [theirs] = await live(other);
  const [ended] = (await rowsOf(stack, "delegations")).filter(
    ({ user_id, ended_at }) => user_id === person.userId && ended_at,
  );
  for (const of of [String(theirs?.id), String(ended?.id)]) {
    const before = await rowsOf(stack, "delegations");
    const seen = await person.browser.request(`${stack.url}/permissions/${of}`);
    const body = new URLSearchParams({ repositories: other.repository, capability: "commit" });
    const sent = await person.browser.request(`${stack.url}/permissions/${of}/narrow`, {
      method: "POST",
      headers: ownForm,
      body,
    });
    expect([seen.status, sent.status, codeOf(sent)]).toEqual([404, 404, "not_found"]);
    expect(await rowsOf(stack, "delegations")).toEqual(before);
  }
});

test("a permission is narrowed in place, and what was made with the wider one ends", async () => {
  const { key, login, id: number, repository } = person;
  const wish = {
    user: `gh.${number}`,
    provider: "github",
    repositories: [repository],
    capabilities: ["commit"],
    expires_in: 600,
  };
  const pass = String((await stack.call("POST", "/api/v1/passes", { key, body: wish })).body.pass);
  const identity = async (secret: string) =>
    (await stack.call("GET", `/api/v1/users/gh.${number}/git-identity`, { key: secret })).status;
  expect(await identity(pass)).toBe(200);
  const form = await person.browser.open(`${stack.url}/permissions/${id}`);
  expect(words(form)).toContain(
    `Now bot-of-${login} may commit and push with git as you in every repository of ${login}`,
  );
  expect(form.text).not.toContain('value="api:write"');
  const audit = await lastAudit(stack);
  const done = await narrow({ repositories: repository, capability: "commit", branches: "main", until: "2999-12-31" });
  expect(words(done)).toContain("Narrowed.");
  expect(await live(person)).toMatchObject([
    {
      repositories: [repository],
      branches: ["main"],
      capabilities: ["commit"],
      granted_by: "user",
      bot_id: expect.any(String),
    },
  ]);
  expect((await auditSince(stack, audit)).map(({ action, actor }) => [action, actor])).toEqual([
    ["delegation.end", "user"],
    ["delegation.grant", "user"],
  ]);
  expect(await identity(pass)).toBe(403);
  expect((await person.commit()).status).toBe(201);
  const elsewhere = {
    user: `gh.${number}`,
    repository,
    branch: "other",
    base: "main",
    changes: [{ path: "x", content: "x" }],
  };
  expect(await stack.commit(key, elsewhere)).toMatchObject({ status: 403, body: { code: "delegation_required" } });
});

test("an end can come earlier and not later; the day of before is the time of before", async () => {
  const [now] = await live(person);
  const of = String(now?.id);
  await stack.database.query({
    text: "UPDATE delegations SET ends_at = '2998-05-06T07:08:09Z' WHERE id = $1",
    values: [of],
  });
  const scope = { repositories: person.repository, capability: "commit", branches: "main" };
  for (const until of ["", "2998-05-07"]) {
    const page = await narrow({ ...scope, until }, of);
    expect([page.status, words(page).includes("later than it ends now")]).toEqual([400, true]);
  }
  await narrow({ ...scope, until: "2998-05-06" }, of);
  expect(await live(person)).toMatchObject([{ ends_at: "2998-05-06T07:08:09+00:00" }]);
});
