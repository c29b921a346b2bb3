import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { expectProblem } from "../harness/problem.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let key: string;

beforeAll(async () => {
  await stack.connect("ada");
  key = (await stack.bot("deploy-bot")).key;
  await stack.delegate("gh.583231", "deploy-bot", ["acme/*"]);
});

const post = (body: string) => stack.call("POST", "/api/v1/commits", { key, body });

test.each([
  ["objects", `{"changes":[${"{},".repeat(200_000)}{}]}`],
  ["lists", `{"changes":[${"[],".repeat(200_000)}[]]}`],
  ["numbers", `{"changes":[${"1,".repeat(200_000)}1]}`],
  ["names", `{${'"a":1,'.repeat(200_000)}"b":1}`],
  ["levels", "[".repeat(501)],
  ["objects behind a string that looks like the end of one", `{"a\\\\":"\\"","changes":[${"{},".repeat(200_000)}{}]}`],
])("a body of too many %s is refused before it is parsed", async (_name, body) => {
  expectProblem(await post(body), 413, "too_large", { detail: /more than 100000 values|too deep/ });
});

test("what stands in a string counts for nothing", async () => {
  const content = `${'{},[]"\\'.repeat(100_000)}\n`;
  const answer = await stack.commit(key, { changes: [{ path: "brackets", content }] });
  expect(answer.status).toBe(201);
});

test("who gives up in the middle of a body ends the request", async () => {
  const before = stack.log.length;
  const socket = connect(Number(new URL(stack.url).port), "127.0.0.1");
  const headers = ["host: x", `authorization: Bearer ${key}`, "content-type: application/json", "content-length: 1000"];
  socket.write(`POST /api/v1/commits HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n{"user": "gh`);
  await wait(200);
  socket.destroy();
  await expect.poll(() => stack.log.slice(before).some((line) => line.includes("aborted"))).toBe(true);
});
