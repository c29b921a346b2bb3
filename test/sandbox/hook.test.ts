import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { appJwt } from "./app-token.ts";
import { authorize } from "./authorize.ts";
import { call } from "./call.ts";

let sandbox: Sandbox;
let receiver: Server;
let answer = 204;
const received: string[] = [];

beforeAll(async () => {
  sandbox = await startSandbox();
  receiver = createServer((request, response) => {
    received.push(String(request.headers["x-github-delivery"]));
    response.writeHead(answer).end();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => receiver.once("listening", resolve));
});
afterAll(async () => {
  await sandbox.close();
  receiver.close();
});

const asApp = (method: string, path: string, body?: object) =>
  call(sandbox, method, path, { token: appJwt(sandbox), ...(body ? { body } : {}) });
const address = () => {
  const at = receiver.address();
  return `http://127.0.0.1:${typeof at === "object" ? at?.port : 0}/hook`;
};

describe("the hook's settings", () => {
  test("are a 404 until there is a hook, then its address with the secret masked", async () => {
    expect((await asApp("GET", "/app/hook/config")).status).toBe(404);
    sandbox.setWebhookUrl(address());
    expect((await asApp("GET", "/app/hook/config")).body).toEqual({
      content_type: "json",
      insecure_ssl: "0",
      secret: "********",
      url: address(),
    });
    expect((await call(sandbox, "GET", "/app/hook/config")).status).toBe(401);
  });

  test("can be changed by the app and by its owner", async () => {
    const changed = await asApp("PATCH", "/app/hook/config", { content_type: "form", insecure_ssl: "1" });
    expect(changed.body).toMatchObject({ content_type: "form", insecure_ssl: "1", url: address() });
    sandbox.updateApp({ hook: { contentType: "json", insecureSsl: false } });
    expect((await asApp("GET", "/app/hook/config")).body).toMatchObject({ content_type: "json", insecure_ssl: "0" });
    expect((await asApp("PATCH", "/app/hook/config", { url: "nowhere" })).status).toBe(422);
  });
});

describe("the log of deliveries", () => {
  test("is newest first, by status, in pages; and one is sent again under its own id", async () => {
    const good = await sandbox.deliver("ping", { zen: "a" });
    answer = 500;
    const failed = await sandbox.deliver("ping", { zen: "b" });
    answer = 204;
    const listed = await asApp("GET", "/app/hook/deliveries?per_page=1");
    expect(listed.body).toMatchObject([{ guid: failed.id, event: "ping", status_code: 500, redelivery: false }]);
    const next = /<([^>]+)>; rel="next"/.exec(listed.headers.get("link") ?? "")?.[1] ?? "";
    const second = await asApp("GET", next.replace(sandbox.apiUrl, ""));
    expect(second.body).toMatchObject([{ guid: good.id, status: "OK" }]);
    expect(second.headers.get("link")).toBeNull();
    const failures = (await asApp("GET", "/app/hook/deliveries?status=failure")).body;
    expect(failures.map((one: { guid: string }) => one.guid)).toEqual([failed.id]);

    const [{ id }] = failures;
    expect((await asApp("GET", `/app/hook/deliveries/${id}`)).body.request.payload).toEqual({ zen: "b" });
    expect((await asApp("POST", `/app/hook/deliveries/${id}/attempts`)).status).toBe(202);
    await sandbox.settled();
    expect(received).toEqual([good.id, failed.id, failed.id]);
    const [again] = (await asApp("GET", "/app/hook/deliveries")).body;
    expect(again).toMatchObject({ guid: failed.id, redelivery: true, status_code: 204 });
    expect((await asApp("POST", "/app/hook/deliveries/1/attempts")).status).toBe(404);
  });
});

describe("a clock that is ahead of ours", () => {
  test("shows in the dates of answers and in what becomes of the app's JWT", async () => {
    const ahead = async () => Date.parse((await asApp("GET", "/app")).headers.get("date") ?? "") - Date.now();
    expect(Math.abs(await ahead())).toBeLessThan(60_000);
    expect((await asApp("GET", "/app")).status).toBe(200);
    sandbox.switches.clockAheadSeconds = 3600;
    expect(await ahead()).toBeGreaterThan(3_000_000);
    expect((await asApp("GET", "/app")).status).toBe(401);
    const { access_token: token } = await authorize(sandbox, "ada");
    expect((await call(sandbox, "GET", "/user", { token })).status).toBe(200);
    sandbox.switches.clockAheadSeconds = 0;
  });
});
