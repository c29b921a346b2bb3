import { beforeAll, describe, expect, test } from "vitest";
import { writeAudits } from "../../src/store/audit.ts";
import { Browser, type Page } from "../harness/browser.ts";
import { type Committer, committer } from "../harness/people.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
const hostile = `<img src=x onerror=alert(1)>"'`;
let person: Committer;
let other: Committer;

beforeAll(async () => {
  person = await committer(stack);
  other = await committer(stack);
  const asked = { requested_by: `gh.${other.id}`, run_url: "https://ci.example/runs/7" };
  const changes = [{ path: "asked.txt", content: "asked\n" }];
  const commit = { user: `gh.${person.id}`, repository: person.repository, changes, ...asked };
  expect(await stack.commit(person.key, commit)).toMatchObject({ status: 201 });
  const moved = { ...commit, expected_head: "0".repeat(40) };
  expect(await stack.commit(person.key, moved)).toMatchObject({ body: { code: "head_moved" } });
  await other.commit();
});

const open = ({ browser }: Committer, search = "") => browser.open(`${stack.url}/activity${search}`);
/** What a reader sees of the list. */
const events = ({ text }: Page) =>
  [...text.matchAll(/<li class="Box-row event">(.*?)\n {6}<\/li>/gs)].map(([, row = ""]) => words(row));
const words = (markup: string) =>
  markup
    .replace(/<\/li>/g, " ")
    .replace(/<[^>]*>/g, "")
    .replace(/\s+/g, " ")
    .trim();
const links = ({ text }: Page, label: string) =>
  [...text.matchAll(/<a [^>]*href="([^"]*)"[^>]*>(.*?)<\/a>/gs)].flatMap(([, href = "", inside = ""]) =>
    words(inside).includes(label) ? [href.replaceAll("&amp;", "&")] : [],
  );
const exported = async ({ browser }: Committer, search: string) =>
  browser.request(`${stack.url}/activity/export${search}`);

test("a person reads which bot did what for whom and where, with the way to GitHub and to the run", async () => {
  const page = await open(person, "?kind=commit");
  expect(page.status).toBe(200);
  const [refused, made] = events(page);
  expect(refused).toContain(`Commit by bot-of-${person.login} for @${other.login} Failed Reason: head_moved`);
  expect(made).toMatch(new RegExp(`^Commit by bot-of-${person.login} for @${other.login} Done`));
  expect(made).toContain("in your name");
  const { rows } = await stack.database.query<{ oid: string }>({
    text: "SELECT detail ->> 'oid' AS oid FROM audit_events WHERE action = 'commit' AND result = 'succeeded' AND user_id = $1",
    values: [person.userId],
  });
  expect(links(page, person.repository)).toEqual([
    `${stack.sandbox.webUrl}/${person.repository}`,
    `${stack.sandbox.webUrl}/${person.repository}/commit/${rows[0]?.oid}`,
  ]);
  expect(links(page, "Run at ci.example")).toHaveLength(2);
  expect(links(page, "Run at ci.example")[0]).toBe("https://ci.example/runs/7");
});

test("the chart and its table count what bots did in one's own name", async () => {
  const { text } = await open(person);
  expect(text).toContain(`<li><svg class="Chart-key"`);
  const day = new Date().getUTCDate();
  const [, row = ""] = /<tbody><tr>(.*?)<\/tr>/s.exec(text) ?? [];
  expect(row).toMatch(new RegExp(`^<th scope="row">${day} \\w{3}</th><td>2</td><td>2</td>$`));
  expect(text).not.toContain(`bot-of-${other.login}</th>`);
});

test("what somebody else had done is in no page and no export", async () => {
  for (const search of ["", `?repository=${other.repository}`, "?kind=commit", "?before=999999999"]) {
    const theirs = events(await open(person, search)).filter((row) => row.includes(`by bot-of-${other.login}`));
    expect(theirs).toEqual([]);
  }
  const { text } = await exported(person, "?format=ndjson");
  const users = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).user_id);
  expect(new Set(users)).toEqual(new Set([person.userId]));
});

test("nobody who isn't signed in sees any of it", async () => {
  for (const path of ["/activity", "/activity/export?format=csv"]) {
    expect((await new Browser().request(`${stack.url}${path}`)).status).toBe(303);
  }
});

test("filters narrow, alone and together, on the page and in the export", async () => {
  const all = events(await open(person));
  const bot = (
    await stack.database.query<{ id: string }>({
      text: "SELECT id FROM bots WHERE name = $1",
      values: [`bot-of-${person.login}`],
    })
  ).rows[0]?.id;
  const today = new Date().toISOString().slice(0, 10);
  const cases: [string, (row: string) => boolean][] = [
    ["kind=commit", (row) => row.startsWith("Commit")],
    ["kind=sign-in", (row) => row.startsWith("Sign-")],
    ["result=failed", (row) => row.includes("Failed")],
    [`bot=${bot}`, (row) => row.includes(`bot-of-${person.login}`)],
    [`repository=${person.repository.toUpperCase()}`, (row) => row.includes(person.repository)],
    [`from=${today}&to=${today}`, () => true],
    ["to=2020-01-01", () => false],
    ["from=2999-01-01", () => false],
    [`kind=commit&result=succeeded&bot=${bot}`, (row) => row.startsWith("Commit") && row.includes("Done")],
  ];
  for (const [search, condition] of cases) {
    const expected = all.filter(condition);
    expect({ search, found: events(await open(person, `?${search}`)) }).toEqual({ search, found: expected });
    const lines = (await exported(person, `?format=ndjson&${search}`)).text.trim().split("\n").filter(Boolean);
    expect({ search, lines: lines.length }).toEqual({ search, lines: expected.length });
  }
});

test.each([
  ["from=2026-02-30", "Write the day as YYYY-MM-DD"],
  ["from=2026-03-02&to=2026-03-01", "This day is before"],
  ["repository=notes", "Write it like owner/name"],
  ["bot=deploy-bot", "Choose one of the bots"],
  ["kind=constructor", "Choose one of the kinds"],
  ["result=maybe", "Choose one of the results"],
])("the filter %s is refused at its field, and by the export", async (search, words) => {
  const page = await open(person, `?${search}`);
  expect(page.status).toBe(400);
  expect(page.text).toContain(words);
  expect(page.text).toContain("<title>Error: Activity");
  expect((await exported(person, `?format=csv&${search}`)).status).toBe(400);
});

describe("with a history", () => {
  let busy: Committer;
  beforeAll(async () => {
    busy = await committer(stack);
    const event = { action: "commit", actor: "bot", userId: busy.userId, provider: "github" } as const;
    await writeAudits(
      stack.database,
      Array.from({ length: 120 }, (_, number) => [
        { ...event, repository: "acme/site", requestedBy: `ticket-${number}` },
        { result: "succeeded" },
      ]),
    );
  });

  test("pages lead from the newest to the oldest event, each once, and keep the filter", async () => {
    const seen: string[] = [];
    let page = await open(busy, "?repository=acme/site");
    for (let pages = 1; ; pages++) {
      seen.push(...events(page));
      const [older] = links(page, "Older");
      if (!older) {
        expect(pages).toBe(3);
        break;
      }
      page = await busy.browser.open(`${stack.url}${older}`);
      expect(links(page, "Newest")).toEqual(["/activity?repository=acme%2Fsite"]);
    }
    const numbers = seen.map((row) => Number(/ticket-(\d+)/.exec(row)?.[1]));
    expect(numbers).toEqual(Array.from({ length: 120 }, (_, number) => 119 - number));
  });

  test("an export holds all of it, as JSON a line or as a table", async () => {
    const json = await exported(busy, "?format=ndjson&kind=commit");
    expect(json.headers.get("content-type")).toBe("application/x-ndjson; charset=utf-8");
    expect(json.headers.get("cache-control")).toBe("no-store");
    const items = json.text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(items).toHaveLength(120);
    expect(items[0]).toMatchObject({
      action: "commit",
      requested_by: "ticket-119",
      url: `${stack.sandbox.webUrl}/acme/site`,
    });
    const csv = await exported(busy, "?format=csv&kind=commit");
    expect(csv.headers.get("content-disposition")).toMatch(/^attachment; filename="onbehalf-activity-[\d-]+\.csv"$/);
    const lines = csv.text.trim().split("\r\n");
    expect(lines).toHaveLength(121);
    expect(lines[1]).toContain('"ticket-119"');
  });
});

test("what bots write is text on the page and in a table, whatever it looks like", async () => {
  const victim = await committer(stack);
  await writeAudits(stack.database, [
    [
      {
        action: "git.push",
        actor: "bot",
        userId: victim.userId,
        provider: "github",
        repository: hostile,
        branch: hostile,
        requestedBy: `=HYPERLINK("https://evil.example")`,
        runUrl: `javascript:alert(1)`,
        detail: { reason: hostile, to: `${"a".repeat(39)}"`, method: hostile, path: hostile },
      },
      { result: "failed", code: hostile },
    ],
  ]);
  const page = await open(victim, "?kind=push");
  expect(page.text).not.toContain("<img src=x");
  expect(page.text).not.toContain('href="javascript');
  expect(events(page)).toHaveLength(1);
  const { text } = await exported(victim, "?format=csv&kind=push");
  expect(text).toContain(`"'=HYPERLINK(""https://evil.example"")"`);
  expect(text).toContain(`"<img src=x onerror=alert(1)>""'"`);
});

test("what is rare in a long history is found piece by piece, and in an export at once", async () => {
  const long = await committer(stack);
  await stack.database.query({
    text: `INSERT INTO audit_events (action, actor, result, user_id, repository)
      SELECT 'commit', 'bot', 'succeeded', $1, CASE n WHEN 1 THEN 'acme/rare' ELSE 'acme/site' END
      FROM generate_series(1, 20100) n ORDER BY n`,
    values: [long.userId],
  });
  const first = await open(long, "?repository=acme/rare");
  expect(events(first)).toEqual([]);
  expect(first.text).toContain("Nothing found so far");
  const [older = ""] = links(first, "Older");
  const second = await long.browser.open(`${stack.url}${older}`);
  expect(events(second)).toHaveLength(1);
  expect(links(second, "Older")).toEqual([]);
  const { text } = await exported(long, "?format=ndjson&repository=acme/rare");
  expect(
    text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).repository),
  ).toEqual(["acme/rare"]);
});
