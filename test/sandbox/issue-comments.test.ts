import { afterAll, beforeAll, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { installationToken } from "./app-token.ts";
import { call } from "./call.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

const place = "/repos/acme/site/issues/1/comments";
const body = { body: "Hello" };

test("an app that may write issues comments under its bot's name, where somebody has before", async () => {
  const token = await installationToken(sandbox, "acme", { permissions: { issues: "write" } });
  expect(await call(sandbox, "POST", place, { token, body })).toMatchObject({ status: 404 });
  sandbox.comment("acme/site", { issue: 1, login: "ada", body: "Anybody there?" });
  expect(await call(sandbox, "POST", place, { token, body })).toMatchObject({
    status: 201,
    body: { body: "Hello", user: { type: "Bot" } },
  });
  const { body: listed } = await call(sandbox, "GET", place, { token });
  expect(listed).toMatchObject([{ user: { login: "ada", type: "User" } }, { user: { type: "Bot" } }]);
  expect((await call(sandbox, "GET", `${place}?per_page=1&page=2`, { token })).body).toMatchObject([{ body: "Hello" }]);
  expect((await call(sandbox, "GET", `${place}?since=2999-01-01T00:00:00Z`, { token })).body).toEqual([]);
});

test("one that may only read them doesn't", async () => {
  const token = await installationToken(sandbox, "acme", { permissions: { issues: "read" } });
  expect(await call(sandbox, "POST", place, { token, body })).toMatchObject({ status: 403 });
});
