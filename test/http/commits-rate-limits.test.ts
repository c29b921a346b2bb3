import { afterEach, beforeAll, expect, test } from "vitest";
import type { Fault } from "../../sandbox/index.ts";
import { refs, standing } from "../harness/history.ts";
import { expectProblem } from "../harness/problem.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let key: string;
let count = 0;

beforeAll(async () => {
  key = (await stack.bot("deploy-bot")).key;
});
afterEach(() => stack.sandbox.faults.clear());

/** Somebody with a repository. Limits are each person's own, so that each test has a person of its own. */
async function person(): Promise<{ user: string; repository: string; head: () => string }> {
  count++;
  const login = `person-${count}`;
  const id = 5_000_000 + count;
  stack.sandbox.addPerson({ login, id, name: login, email: `${login}@example.com`, emailPrivate: false });
  const repository = `${login}/notes`;
  await stack.sandbox.addRepository(repository, { files: { "README.md": "notes" } });
  stack.sandbox.setInstallation(login, "all");
  await stack.connect(login);
  await stack.delegate(`gh.${id}`, "deploy-bot", [repository]);
  return { user: `gh.${id}`, repository, head: () => stack.sandbox.repository(repository).head() };
}

const mutation = { operation: "createCommitOnBranch" };
const soon = String(Math.floor(Date.now() / 1000) + 1800);
const limited = { message: "API rate limit exceeded for user ID 583231." };
const inGraphql = (type: string, message: string) => ({ data: null, errors: [{ type, message }] });

test.each<[string, Fault["respond"], number, number]>([
  ["429 with retry-after", { status: 429, headers: { "retry-after": "120" }, body: limited }, 100, 120],
  ["403 with retry-after", { status: 403, headers: { "retry-after": "90" }, body: limited }, 70, 90],
  [
    "403 with nothing remaining until a time",
    { status: 403, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": soon }, body: limited },
    1500,
    1800,
  ],
  [
    "retry-after before the time of the reset",
    { status: 403, headers: { "retry-after": "250", "x-ratelimit-remaining": "0", "x-ratelimit-reset": soon } },
    230,
    250,
  ],
  ["429 that says nothing", { status: 429, body: limited }, 40, 60],
  ["403 with the words alone", { status: 403, body: { message: "You have exceeded a secondary rate limit." } }, 40, 60],
  ["too many bad logins", { status: 403, body: { message: "Maximum number of login attempts exceeded." } }, 40, 60],
  ["GraphQL's own", { status: 200, body: inGraphql("RATE_LIMITED", "API rate limit exceeded") }, 40, 60],
  [
    "GraphQL's own until a time",
    {
      status: 200,
      headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": soon },
      body: inGraphql("RATE_LIMITED", "API rate limit exceeded"),
    },
    1500,
    1800,
  ],
  [
    "GraphQL's secondary one",
    {
      status: 200,
      headers: { "retry-after": "120" },
      body: inGraphql("FORBIDDEN", "You have exceeded a secondary rate limit."),
    },
    100,
    120,
  ],
])("%s is passed on with the time to wait, and the account stays", async (_name, respond, least, most) => {
  for (const match of [mutation, { path: "/api/graphql" }]) {
    const { user, repository, head } = await person();
    const before = await standing(stack, [repository]);
    stack.sandbox.faults.add({ match, respond });
    const answer = await stack.commit(key, {
      user,
      repository,
      ...(match === mutation ? { expected_head: head() } : {}),
    });
    expectProblem(answer, 429, "rate_limited", { detail: /rate limit/ });
    const wait = Number(answer.headers.get("retry-after"));
    expect(wait).toBeGreaterThanOrEqual(least);
    expect(wait).toBeLessThanOrEqual(most);
    expect(await standing(stack, [repository])).toEqual(before);
  }
});

test("a limit while a refusal is explained is a limit", async () => {
  const { user, repository } = await person();
  stack.sandbox.faults.add({ match: mutation, respond: { status: 200, body: inGraphql("FORBIDDEN", "No reason") } });
  stack.sandbox.faults.add({
    match: { path: `/repos/${repository}` },
    respond: { status: 429, headers: { "retry-after": "120" }, body: limited },
  });
  expectProblem(await stack.commit(key, { user, repository }), 429, "rate_limited");
});

test("one person's limit is no other's", async () => {
  const [one, other] = [await person(), await person()];
  const before = refs(stack, one.repository);
  stack.sandbox.faults.add({
    match: { login: one.repository.split("/")[0] ?? "" },
    respond: { status: 429, headers: { "retry-after": "120" }, body: limited },
  });
  const at = ({ user, repository }: { user: string; repository: string }) => stack.commit(key, { user, repository });
  expectProblem(await at(one), 429, "rate_limited");
  expect((await at(other)).status).toBe(201);
  expect(refs(stack, one.repository)).toBe(before);
});
