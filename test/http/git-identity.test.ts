import { beforeAll, expect, test } from "vitest";
import { sent } from "../harness/history.ts";
import { expectProblem } from "../harness/problem.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let key: string;

beforeAll(async () => {
  key = (await stack.bot("deploy-bot")).key;
  for (const [login, reference] of Object.entries({ ada: "gh.583231", grace: "gh.4712036", mallory: "gh.9919314" })) {
    await stack.connect(login);
    await stack.delegate(reference, "deploy-bot", ["acme/site"], ["bots/*"]);
  }
});

const ask = (user: string) => stack.call("GET", `/api/v1/users/${user}/git-identity`, { key });

test.each([
  ["gh.583231", "Ada Lovelace", "583231+ada@users.noreply.github.com"],
  ["gh.4712036", "Grace Hopper", "4712036+grace@users.noreply.github.com"],
  ["gh.9919314", "mallory", "9919314+mallory@users.noreply.github.com"],
])("git is given %s's name and the noreply address, whatever is public", async (user, name, email) => {
  const asked = sent(stack);
  const answer = await ask(user);
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ name, email });
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(sent(stack)).toBe(asked);
});

test("a bot that may push has it as one that may commit, and one that may only read has not", async () => {
  for (const [capability, status] of [
    ["push", 200],
    ["api:read", 403],
  ] as const) {
    const bot = await stack.bot(`bot-${status}`);
    await stack.delegate("gh.583231", bot.name, ["acme/site"], [], [capability]);
    const answer = await stack.call("GET", "/api/v1/users/gh.583231/git-identity", { key: bot.key });
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.body.action_url).toContain(`?bot=${bot.name}&capability=commit`);
  }
});

test("a name of blanks is no name for git", async () => {
  const rename = (name: string) =>
    stack.database.query({ text: "UPDATE identities SET display_name = $1 WHERE login = 'ada'", values: [name] });
  await rename("  ");
  expect((await ask("gh.583231")).body).toMatchObject({ name: "ada" });
  await rename("Ada Lovelace");
});

test("the person may be named by id and by the platform's id", async () => {
  const { rows } = await stack.database.query<{ id: string }>({
    text: `UPDATE users SET external_id = 'team/ada' WHERE id = (SELECT user_id FROM identities WHERE login = 'ada')
      RETURNING id`,
  });
  for (const user of [rows[0]?.id ?? "", "ext.team%2Fada"]) {
    expect((await ask(user)).body).toEqual({ name: "Ada Lovelace", email: "583231+ada@users.noreply.github.com" });
  }
});

test("the platform's id is decoded once: one that holds a percent sign is another one", async () => {
  await stack.database.query({
    text: `UPDATE users SET external_id = 'a%2Fb' WHERE id = (SELECT user_id FROM identities WHERE login = 'ada')`,
  });
  expect((await ask("ext.a%252Fb")).status).toBe(200);
  expectProblem(await ask("ext.a%2Fb"), 404, "user_not_found");
});

test("what names nobody is refused", async () => {
  for (const user of ["ada", "gh.x", "ext.%00", "x".repeat(800)]) {
    expectProblem(await ask(user), 400, "bad_request");
  }
  expectProblem(await ask("gh.1"), 404, "user_not_found");
});

test("only a GET answers", async () => {
  for (const method of ["POST", "PUT", "DELETE"]) {
    const answer = await stack.call(method, "/api/v1/users/gh.583231/git-identity", { key });
    expectProblem(answer, 404, "not_found");
  }
});
