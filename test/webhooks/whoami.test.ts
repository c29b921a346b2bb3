import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { allHandled, deliver, tryAgain } from "../harness/deliveries.ts";
import { type Committer, committer, newcomer } from "../harness/people.ts";
import { openReplica } from "../harness/replica.ts";
import { rowsOf } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let person: Committer;
beforeAll(async () => {
  person = await committer(stack);
});
afterEach(() => stack.sandbox.faults.clear());

const asking = "/onbehalf whoami";
const bot = () => `${stack.sandbox.app.slug}[bot]`;
const answersIn = (repository: string) => stack.sandbox.comments(repository).filter(({ login }) => login === bot());

let issues = 0;
/** Has somebody comment, and says what the app answered. */
async function ask(repository: string, login: string, body = asking, viaApp = false): Promise<string[]> {
  const issue = ++issues;
  stack.sandbox.comment(repository, { issue, login, body, viaApp });
  await allHandled(stack);
  return answersIn(repository)
    .filter((answer) => answer.issue === issue)
    .map((answer) => answer.body);
}

/** The delivery that told of the last comment of a person's in a repository, and what it said. */
async function asked(repository: string): Promise<{ id: string; payload: { repository: { id: number } } }> {
  await stack.sandbox.settled();
  const found = stack.sandbox.deliveries
    .filter(({ event }) => event === "issue_comment")
    .map((delivery) => ({ id: delivery.id, payload: JSON.parse(stack.sandbox.payload(delivery)) }))
    .findLast(({ payload }) => payload.repository.full_name === repository && payload.sender.type === "User");
  return found ?? expect.unreachable();
}

test("a person is told what bots may do as them there", async () => {
  await stack.delegate(`gh.${person.id}`, `bot-of-${person.login}`, [person.repository], ["release/*"], ["push"]);
  const [answer = "", ...more] = await ask(person.repository, person.login, `${asking}  \r\nPlease.`);
  expect(more).toEqual([]);
  expect(answer).toMatch(new RegExp(`^@${person.login}: in \`${person.repository}\` `));
  expect(answer).toContain(`| \`bot-of-${person.login}\` | commit | all | you end it |`);
  expect(answer).toContain(`| \`bot-of-${person.login}\` | push with git | \`release/*\` | you end it |`);
  expect(answer).toContain(`${stack.url}/permissions`);
  const [event] = (await rowsOf(stack, "audit_events")).filter(({ action }) => action === "whoami").slice(-1);
  expect(event).toMatchObject({
    actor: "user",
    user_id: person.userId,
    repository: person.repository,
    attribution: "app",
  });
});

test("who has no account gets the address of the accounts page, and nothing that works once", async () => {
  const { login } = newcomer(stack);
  const [answer = ""] = await ask(person.repository, login);
  expect(answer.match(/https?:\S+/g)).toEqual([`${stack.url}/accounts`]);
  expect(answer).toMatch(new RegExp(`^@${login}: `));
});

test("who was deactivated is one whom nobody knows", async () => {
  const gone = await committer(stack);
  const { key } = await stack.bot("host", "platform");
  await stack.call("POST", `/api/v1/users/${gone.userId}/deactivate`, { key });
  const [answer = ""] = await ask(gone.repository, gone.login);
  expect(answer).toContain(`${stack.url}/accounts`);
});

describe("no answer comes", () => {
  test.each([
    ["to other comments", "What does /onbehalf whoami do?"],
    ["to the words in a later line", `Hello\n${asking}`],
    ["to more words in that line", `${asking} @acme/team`],
    ["to nothing", " "],
  ])("%s", async (_what, body) => {
    expect(await ask(person.repository, person.login, body)).toEqual([]);
  });

  test("to bots, and to whoever writes through an app", async () => {
    expect(await ask(person.repository, person.login, asking, true)).toEqual([]);
    const payload = commentOf(person, { type: "Bot" });
    expect(await deliver(stack, "issue_comment", payload)).toMatchObject({ state: "handled" });
    expect(answersIn(person.repository).some(({ issue }) => issue === payload.issue.number)).toBe(false);
  });

  test("where the app is not installed, or may not comment", async () => {
    const { login, repository } = await committer(stack);
    stack.sandbox.comment(repository, { issue: 1, login, body: "Hello" });
    const { id } = (await asked(repository)).payload.repository;
    stack.sandbox.setInstallation(login, null);
    const payload = { ...commentOf(person), repository: { id, full_name: repository } };
    expect(await deliver(stack, "issue_comment", payload)).toMatchObject({ state: "handled" });
    stack.sandbox.setInstallation(login, "all");
    stack.sandbox.faults.add({ match: { path: /\/comments$/, method: "POST" }, respond: { status: 403, body: {} } });
    expect(await ask(repository, login)).toEqual([]);
    expect(answersIn(repository)).toEqual([]);
  });
});

let numbers = 9_000_000;
function commentOf({ login, id, repository }: Pick<Committer, "login" | "id" | "repository">, user: object = {}) {
  return {
    action: "created",
    issue: { number: ++issues },
    comment: {
      id: ++numbers,
      body: asking,
      created_at: new Date().toISOString(),
      user: { login, id, type: "User", ...user },
      performed_via_github_app: null,
    },
    repository: { id: 1, full_name: repository },
    sender: { login, id },
  };
}

test("handled twice, or by two at once, or sent again under another id, it is answered once", async () => {
  const { login, repository } = person;
  const answers = await ask(repository, login);
  expect(answers).toHaveLength(1);
  const before = answersIn(repository).length;
  const { payload } = await asked(repository);
  const replica = await openReplica(stack);
  const delivery = { provider: "github", deliveryId: "a", event: "issue_comment", payload: JSON.stringify(payload) };
  await Promise.all([replica.services.handleDelivery(delivery), replica.services.handleDelivery(delivery)]);
  await deliver(stack, "issue_comment", payload);
  await replica.close();
  expect(answersIn(repository)).toHaveLength(before);
});

test("an answer that was sent and whose confirmation was lost is not sent again", async () => {
  const { login, repository } = await committer(stack);
  stack.sandbox.faults.add({ match: { path: /\/comments$/, method: "POST" }, dropAfterHandling: true });
  stack.sandbox.comment(repository, { issue: 1, login, body: asking });
  const { id } = await asked(repository);
  await allHandled(stack);
  expect(answersIn(repository)).toHaveLength(1);
  expect(await tryAgain(stack, id)).toMatchObject({ state: "handled" });
  expect(answersIn(repository)).toHaveLength(1);
});

test("a lost request is made again", async () => {
  const { login, repository } = await committer(stack);
  stack.sandbox.faults.add({ match: { path: /\/comments$/, method: "POST" }, dropBefore: true });
  stack.sandbox.comment(repository, { issue: 1, login, body: asking });
  const { id } = await asked(repository);
  await allHandled(stack);
  expect(answersIn(repository)).toEqual([]);
  await tryAgain(stack, id);
  expect(answersIn(repository)).toHaveLength(1);
});

test("a repository gets no more than twenty answers an hour, and others get theirs", async () => {
  const noisy = await committer(stack);
  stack.sandbox.comment(noisy.repository, { issue: 1, login: noisy.login, body: "Hello" });
  const { repository } = (await asked(noisy.repository)).payload;
  await stack.database.query({
    text: `INSERT INTO answered_comments (provider, number, repository_number, answered_at)
      SELECT 'github', n, $1, now() FROM generate_series(1, 19) n`,
    values: [repository.id],
  });
  expect(await ask(noisy.repository, noisy.login)).toHaveLength(1);
  expect(await ask(noisy.repository, noisy.login)).toEqual([]);
  expect(await ask(person.repository, person.login)).toHaveLength(1);
});
