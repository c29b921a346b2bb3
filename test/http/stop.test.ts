import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Gate, openGate } from "../harness/gate.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let gate: Gate;
let key: string;

beforeAll(async () => {
  await stack.connect("ada");
  key = (await stack.bot("deploy-bot")).key;
  await stack.delegate("gh.583231", "deploy-bot", ["acme/*"]);
  gate = await openGate(stack.sandbox);
});
afterAll(() => gate.close());

test("a stop waits for no connection that has yet to ask for something", async () => {
  const replica = await stack.replica();
  const { hostname, port } = new URL(replica.url);
  const silent = connect(Number(port), hostname);
  await once(silent, "connect");
  // Connections are taken in order, so that this one is known to the replica before the answer comes.
  expect((await stack.call("GET", "/healthz", { url: replica.url })).status).toBe(200);
  const closed = once(silent, "close");
  await replica.stop();
  await closed;
});

test("a stop waits for a commit that is under way", async () => {
  const replica = await stack.replica({ GITHUB_API_URL: gate.apiUrl });
  let open = () => {};
  const arrived = new Promise<void>((resolve) => {
    gate.before("createCommitOnBranch", () => {
      resolve();
      return new Promise<void>((pass) => {
        open = pass;
      });
    });
  });
  const answer = stack.commit(key, { changes: [{ path: "last.txt", content: "last" }] }, { url: replica.url });
  await arrived;
  const stopped = replica.stop();
  open();
  expect((await answer).status).toBe(201);
  await stopped;
  await expect(stack.call("GET", "/healthz", { url: replica.url })).rejects.toThrow();
});
