import { afterEach, beforeAll, expect, test } from "vitest";
import { sent } from "../harness/history.ts";
import { rowsOf } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const ada = "gh.583231";
const type = "application/vnd.git-lfs+json";
const base = "/acme/site.git/info/lfs";
const stack = useStack();
let key: string;
let pusher: string;
let reader: string;

beforeAll(async () => {
  await stack.connect("ada");
  key = (await stack.bot("deploy-bot")).key;
  await stack.delegate(ada, "deploy-bot", ["acme/*"], ["*"], ["push", "api:read"]);
  [pusher, reader] = [await passFor(["push"]), await passFor(["api:read"])];
});
afterEach(() => stack.sandbox.faults.clear());

async function passFor(capabilities: string[]): Promise<string> {
  const body = { user: ada, repositories: ["acme/site"], capabilities, expires_in: 3600 };
  return String((await stack.call("POST", "/api/v1/passes", { key, body })).body.pass);
}

const ask = (method: string, path: string, pass: string, body?: unknown) =>
  stack.call(method, `${base}${path}`, {
    headers: {
      authorization: `Basic ${Buffer.from(`x:${pass}`).toString("base64")}`,
      accept: type,
      "content-type": type,
    },
    ...(body === undefined ? {} : { body }),
  });

/** What GitHub's LFS server answers next. */
function answering(path: string, body: object, status = 200) {
  stack.sandbox.faults.add({
    match: { path: `${base}${path}` },
    respond: { status, body, headers: { "content-type": type } },
  });
}

const object = { oid: "a".repeat(64), size: 5 };

test.each<[string, () => string, string]>([
  ["download", () => reader, "git.fetch"],
  ["upload", () => pusher, "git.lfs"],
])("a %s is asked for as the person, and GitHub's addresses and headers come back", async (operation, pass, action) => {
  const header = { Authorization: "RemoteAuth gitauth-v1-made-for-this" };
  const actions = { [operation]: { href: "https://storage.example/x?signed=1", header, expires_in: 60 } };
  const answer = { transfer: "basic", objects: [{ ...object, authenticated: true, actions }] };
  answering("/objects/batch", answer);
  const got = await ask("POST", "/objects/batch", pass(), { operation, transfers: ["basic"], objects: [object] });
  expect(got).toMatchObject({ status: 200, body: answer });
  expect(got.headers.get("content-type")).toContain(type);
  expect(stack.sandbox.requests.at(-1)).toMatchObject({ method: "POST", path: `${base}/objects/batch`, as: "ada" });
  const events = async () => (await rowsOf(stack, "audit_events")).filter((event) => event.action === action);
  await expect.poll(events).toMatchObject([{ result: "succeeded", repository: "acme/site" }]);
});

test.each<[string, string, string, unknown?]>([
  ["an upload", "POST", "/objects/batch", { operation: "upload", objects: [object] }],
  ["a lock", "POST", "/locks", { path: "a.bin" }],
  ["who may push what is locked", "POST", "/locks/verify", {}],
  ["the end of a lock", "POST", "/locks/1/unlock", { force: true }],
])("a pass that only reads is refused %s, in words that Git LFS shows", async (_what, method, path, body) => {
  const before = sent(stack);
  const answer = await ask(method, path, reader, body);
  expect(answer).toMatchObject({
    status: 403,
    body: { code: "pass_scope", message: expect.stringContaining('"push"') },
  });
  expect(sent(stack)).toBe(before);
});

test.each<[string, string, unknown?]>([
  ["GET", "/locks?path=a.bin"],
  ["POST", "/locks", { path: "a.bin" }],
  ["POST", "/locks/verify", {}],
  ["POST", "/locks/1/unlock", { force: true }],
])("%s %s is passed on", async (method, path, body) => {
  answering(path.split("?")[0] ?? "", { locks: [] }, 201);
  expect(await ask(method, path, pusher, body)).toMatchObject({ status: 201, body: { locks: [] } });
});

test.each<[string, unknown]>([
  ["an operation that is not known", { operation: "delete", objects: [object] }],
  ["no operation", { objects: [object] }],
  ["what is no object", [object]],
  ["more than such a request holds", { operation: "download", objects: ["x".repeat(5 * 1024 * 1024)] }],
])("%s is refused", async (_what, body) => {
  const before = sent(stack);
  const { status } = await ask("POST", "/objects/batch", pusher, body);
  expect([400, 413]).toContain(status);
  expect(sent(stack)).toBe(before);
});

test("an answer that holds the person's token comes to nobody", async () => {
  const tokens = stack.sandbox.issuedTokens().filter((token) => token.startsWith("ghu_"));
  for (const token of tokens.flatMap((one) => [one, Buffer.from(`x-access-token:${one}`).toString("base64")])) {
    answering("/objects/batch", { objects: [{ actions: { download: { header: { Authorization: token } } } }] });
    const answer = await ask("POST", "/objects/batch", pusher, { operation: "download", objects: [object] });
    const leaked = JSON.stringify(answer.body).includes(token);
    if (leaked)
      expect(answer.status).toBe(200); // some other token than the one in use
    else expect(answer).toMatchObject({ status: 502, body: { code: "provider_garbled" } });
  }
});

test("without a credential it asks for one", async () => {
  const answer = await stack.call("POST", `${base}/objects/batch`, { body: {} });
  expect(answer.status).toBe(401);
  expect(answer.headers.get("lfs-authenticate")).toContain("Basic");
});
