import { beforeAll, describe, expect, test } from "vitest";
import { type Committer, committer } from "../harness/people.ts";
import { expectProblem } from "../harness/problem.ts";
import type { ApiAnswer } from "../harness/stack.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let host: { id: string; key: string };
let person: Committer;
let other: Committer;

beforeAll(async () => {
  host = await stack.bot("host", "platform");
  person = await committer(stack);
  other = await committer(stack);
  const requested = { requested_by: `gh.${other.id}`, run_url: "https://ci.example/runs/7" };
  const changes = [{ path: "asked.txt", content: "asked\n" }];
  await stack.commit(person.key, {
    user: `gh.${person.id}`,
    repository: person.repository,
    changes,
    ...requested,
  });
  await other.commit();
});

interface Event extends Record<string, unknown> {
  id: string;
  at: string;
  action: string;
}

const ask = (search = "", key = host.key) => stack.call("GET", `/api/v1/audit-events${search}`, { key });
const itemsOf = ({ body }: ApiAnswer): Event[] => {
  const items: unknown = body.items;
  if (!Array.isArray(items)) throw new Error(`no list: ${JSON.stringify(body)}`);
  return items;
};
/** All pages, followed as they come. */
async function all(search: string, key = host.key): Promise<Event[][]> {
  const pages: Event[][] = [];
  for (let next: string | null = search; next !== null; ) {
    const answer = await ask(next, key);
    expect(answer.status).toBe(200);
    pages.push(itemsOf(answer));
    next = typeof answer.body.next === "string" ? new URL(answer.body.next).search : null;
  }
  return pages;
}

test("a platform reads who did what as whom, for whom and in which run", async () => {
  const events = itemsOf(await ask(`?user=gh.${person.id}&action=commit`));
  expect(events).toHaveLength(1);
  expect(events[0]).toEqual({
    id: expect.stringMatching(/^\d+$/),
    at: expect.stringMatching(/^\d{4}-.*Z$/),
    action: "commit",
    actor: "bot",
    result: "succeeded",
    code: null,
    user_id: person.userId,
    external_id: null,
    bot: `bot-of-${person.login}`,
    provider: "github",
    provider_uid: String(person.id),
    login: person.login,
    repository: person.repository,
    branch: "main",
    attribution: "user",
    pass_id: null,
    requested_by: other.userId,
    run_url: "https://ci.example/runs/7",
    request_id: expect.any(String),
    detail: expect.any(Object),
    completed_at: expect.stringMatching(/^\d{4}-.*Z$/),
  });
});

test("pages hold every event once, oldest first, whatever their size and filter", async () => {
  const [whole] = await all("");
  expect(whole?.length).toBeGreaterThan(8);
  for (const filter of ["", `user=${person.userId}`, "action=connect", `bot=bot-of-${other.login}`]) {
    const expected = (await all(`?${filter}`)).flat();
    const pages = await all(`?${filter}&limit=2`);
    expect(pages.slice(0, -1).every(({ length }) => length === 2)).toBe(true);
    expect(pages.flat()).toEqual(expected);
    const ids = expected.map(({ id }) => Number(id));
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(expected.length).toBeLessThanOrEqual(whole?.length ?? 0);
  }
});

test("filters narrow, each alone and together", async () => {
  const [whole = []] = await all("");
  const named = (events: Event[]) => events.map(({ id }) => id);
  const where = (condition: (event: Event) => boolean) => named(whole.filter(condition));
  const bot = (
    await stack.database.query<{ id: string }>({
      text: "SELECT id FROM bots WHERE name = $1",
      values: [`bot-of-${other.login}`],
    })
  ).rows[0]?.id;
  const since = whole[Math.floor(whole.length / 2)]?.at ?? "";
  const cases: [string, string[]][] = [
    ["action=sign_in", where(({ action }) => action === "sign_in")],
    [`user=${person.userId}`, where(({ user_id }) => user_id === person.userId)],
    [`user=@${person.login}`, where(({ user_id }) => user_id === person.userId)],
    [`bot=${bot}`, where((event) => event.bot === `bot-of-${other.login}`)],
    [`since=${since}`, where(({ at }) => at >= since)],
    [`since=${since}&user=${other.userId}`, where(({ at, user_id }) => at >= since && user_id === other.userId)],
    [`since=2999-01-01T00:00:00%2B02:00`, []],
    ["user=00000000-0000-4000-8000-000000000000", []],
  ];
  for (const [search, expected] of cases) {
    expect({ search, found: named((await all(`?${search}`)).flat()) }).toEqual({ search, found: expected });
  }
  expect(where(({ at }) => at >= since).length).toBeGreaterThan(1);
});

test("an event that was written later than one of a later time is still found since then", async () => {
  const at = (seconds: number) => new Date(Date.UTC(2031, 0, 1, 0, 0, seconds)).toISOString();
  for (const [action, seconds] of [
    ["sign_in", 5],
    ["sign_out", 2],
    ["connect", 3],
    ["commit", 300],
    ["connect", 290],
  ] as const) {
    await stack.database.query({
      text: "INSERT INTO audit_events (action, actor, result, at) VALUES ($1, 'user', 'succeeded', $2)",
      values: [action, at(seconds)],
    });
  }
  const found = async (seconds: number) => itemsOf(await ask(`?since=${at(seconds)}`)).map(({ action }) => action);
  expect(await found(3)).toEqual(["sign_in", "connect", "commit", "connect"]);
  expect(await found(4)).toEqual(["sign_in", "commit", "connect"]);
  expect(await found(291)).toEqual(["commit"]);
  await stack.database.query({ text: "DELETE FROM audit_events WHERE at >= '2031-01-01'" });
});

describe("a bot", () => {
  test("reads its own events and no other's, whatever it asks for", async () => {
    const own = (await all("?limit=3", person.key)).flat();
    expect(new Set(own.map(({ bot }) => bot))).toEqual(new Set([`bot-of-${person.login}`]));
    expect(own.map(({ action }) => action)).toContain("commit");
    expect((await all(`?bot=bot-of-${person.login}`, person.key)).flat()).toEqual(own);
    expect(itemsOf(await ask(`?user=${other.userId}`, person.key))).toEqual([]);
    for (const bot of [`bot-of-${other.login}`, "host", "nobody", host.id]) {
      expectProblem(await ask(`?bot=${bot}`, person.key), 403, "key_kind", { detail: /its own/ });
    }
  });

  test("with a pass reads nothing, nor does who has no key", async () => {
    const wish = {
      user: `gh.${person.id}`,
      repositories: [person.repository],
      capabilities: ["commit"],
      expires_in: 60,
    };
    const { body } = await stack.call("POST", "/api/v1/passes", { key: person.key, body: wish });
    expectProblem(await ask("", String(body.pass)), 403, "key_kind");
    expectProblem(await ask("", ""), 401, "key_missing");
    expectProblem(await ask("", `ob_${"x".repeat(43)}`), 401, "key_invalid");
  });
});

test.each([
  ["user=somebody", 400, "bad_request"],
  ["user=ext.nobody", 404, "user_not_found"],
  ["bot=nobody", 404, "not_found"],
  ["bot=%00", 400, "bad_request"],
  ["action=DROP", 400, "bad_request"],
  ["since=yesterday", 400, "bad_request"],
  ["since=2026-02-31T00:00:00Z", 400, "bad_request"],
  ["after=-1", 400, "bad_request"],
  ["limit=1001", 400, "bad_request"],
  ["limit=1.5", 400, "bad_request"],
  ["action=commit&action=connect", 400, "bad_request"],
  ["actoin=commit", 400, "unknown_field"],
])("a question that makes no sense is refused: %s", async (search, status, code) => {
  expectProblem(await ask(`?${search}`), status, code);
});
