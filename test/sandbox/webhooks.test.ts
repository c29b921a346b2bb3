import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { authorize } from "./authorize.ts";
import { commit } from "./call.ts";

const run = promisify(execFile);
let sandbox: Sandbox;
let receiver: Server;
let url: string;
let received: { headers: IncomingHttpHeaders; text: string }[];

beforeAll(async () => {
  sandbox = await startSandbox();
  receiver = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    received.push({ headers: request.headers, text });
    response.writeHead(202).end();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => receiver.once("listening", resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});
beforeEach(() => {
  received = [];
  sandbox.deliveries.splice(0);
  sandbox.setWebhookUrl(url);
});
afterAll(async () => {
  await sandbox.close();
  receiver.close();
});

const payloads = async (event: string) => {
  await sandbox.settled();
  return received.filter(({ headers }) => headers["x-github-event"] === event).map(({ text }) => JSON.parse(text));
};

test("a delivery is signed over its raw body and named", async () => {
  const { status, id } = await sandbox.deliver("ping", { zen: "Ä" });
  expect(status).toBe(202);
  const [first] = received;
  const signature = createHmac("sha256", sandbox.app.webhookSecret)
    .update(first?.text ?? "")
    .digest("hex");
  expect(first?.headers).toMatchObject({
    "x-github-event": "ping",
    "x-github-delivery": id,
    "x-hub-signature-256": `sha256=${signature}`,
  });
});

test("a delivery can be repeated under its id and signed with another secret", async () => {
  const { id } = await sandbox.deliver("ping", {}, { id: "the-same", signatureSecret: "other" });
  expect(id).toBe("the-same");
  const signature = createHmac("sha256", "other").update("{}").digest("hex");
  expect(received[0]?.headers["x-hub-signature-256"]).toBe(`sha256=${signature}`);
});

test("a commit is announced as a push", async () => {
  const { access_token } = await authorize(sandbox, "ada");
  const before = sandbox.repository("acme/site").head();
  await commit(sandbox, access_token, { files: { "hook.txt": "h" } });
  expect(await payloads("push")).toMatchObject([
    {
      ref: "refs/heads/main",
      before,
      after: sandbox.repository("acme/site").head(),
      repository: { full_name: "acme/site" },
      sender: { login: "ada", id: 583231 },
      installation: { id: expect.any(Number) },
      head_commit: { author: { username: "ada" } },
      forced: false,
    },
  ]);
});

test("a git push is announced once for each ref that moved", async () => {
  const { access_token } = await authorize(sandbox, "grace");
  const folder = mkdtempSync(join(tmpdir(), "push-"));
  const url = sandbox.webUrl.replace("//", `//x-access-token:${access_token}@`);
  await run("git", ["clone", "--quiet", "--bare", `${url}/acme/site.git`, folder]);
  await run("git", ["-C", folder, "push", "--quiet", "origin", "main:refs/heads/one", "main:refs/heads/two"]);
  await expect.poll(async () => (await payloads("push")).length).toBe(2);
  const pushes = await payloads("push");
  expect(pushes.map(({ ref }) => ref).sort()).toEqual(["refs/heads/one", "refs/heads/two"]);
  expect(pushes[0]).toMatchObject({ created: true, before: "0".repeat(40), sender: { login: "grace" } });
  rmSync(folder, { recursive: true });
});

test("a revocation carries a sender and no installation", async () => {
  await authorize(sandbox, "grace");
  await sandbox.revokeGrant("grace");
  const [payload] = await payloads("github_app_authorization");
  expect(Object.keys(payload)).toEqual(["action", "sender"]);
  expect(payload).toMatchObject({ action: "revoked", sender: { id: 4712036 } });
});

test("from all to selected names no removed repository", async () => {
  sandbox.setInstallation("acme", ["site"]);
  sandbox.setInstallation("acme", ["site", "secret"]);
  sandbox.setInstallation("acme", ["secret"]);
  sandbox.setInstallation("acme", null);
  sandbox.setInstallation("acme", "all");
  const changes = await payloads("installation_repositories");
  const removed = changes.filter(({ action }) => action === "removed");
  expect(removed.map((one) => one.repositories_removed.map((gone: { name: string }) => gone.name)).sort()).toEqual([
    [],
    ["site"],
  ]);
  expect(changes.filter(({ action }) => action === "added")).toMatchObject([
    { repositories_added: [{ full_name: "acme/secret" }] },
  ]);
  const installed = (await payloads("installation")).map(({ action }) => action).sort();
  expect(installed).toEqual(["created", "deleted"]);
});

test("a receiver that is away is recorded and nothing fails", async () => {
  sandbox.setWebhookUrl("http://127.0.0.1:1/hook");
  await authorize(sandbox, "linus");
  await sandbox.revokeGrant("linus");
  expect(sandbox.deliveries).toMatchObject([{ event: "github_app_authorization", action: "revoked", status: 0 }]);
});
