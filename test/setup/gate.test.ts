import { get } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Browser } from "../harness/browser.ts";
import { type SetupStack, startSetupStack } from "../harness/setup.ts";

let stack: SetupStack;
beforeAll(async () => {
  stack = await startSetupStack();
});
afterAll(() => stack.stop());

const token = () => new URL(stack.setup.link).searchParams.get("token") ?? "";

async function look(path: string, init: RequestInit = {}) {
  const answer = await fetch(stack.setup.url + path, { redirect: "manual", ...init });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

test("the link has 256 random bits and leads to the questions, without staying in the address", async () => {
  expect(Buffer.from(token(), "base64url")).toHaveLength(32);
  const { page } = await stack.enter();
  expect([page.url, page.status]).toEqual([`${stack.setup.url}/setup`, 200]);
});

test("it stays good until set-up is done, in other browsers, too", async () => {
  for (let time = 0; time < 3; time++) expect((await stack.enter()).page.status).toBe(200);
});

test("its cookie is for requests alone, and no script reads it", async () => {
  const { headers } = await look(`/setup?token=${token()}`);
  expect(headers.get("set-cookie")).toMatch(/^onbehalf-setup=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
});

test.each([
  ["onbehalf.example.com", true],
  ["127.0.0.1:3000", false],
])("asked as %s behind a proxy with TLS that nobody named, its cookie is for TLS alone: %s", async (host, secure) => {
  const own = await startSetupStack({ environment: { PUBLIC_URL: "https://onbehalf.example.com" } });
  const { port } = new URL(own.setup.url);
  const path = `/setup?token=${new URL(own.setup.link).searchParams.get("token")}`;
  const cookie = await new Promise<string>((resolve, reject) => {
    get({ host: "127.0.0.1", port, path, headers: { host } }, (answer) => {
      answer.resume();
      resolve(String(answer.headers["set-cookie"]));
    }).on("error", reject);
  });
  expect(cookie.includes("Secure")).toBe(secure);
  await own.stop();
});

describe("without the link", () => {
  const wrong = [
    "/setup",
    "/setup?token=",
    "/setup?token=wrong",
    `/setup?token=${"A".repeat(43)}`,
    "/setup?handover=wrong",
    "/setup/create",
    "/setup/callback?code=1&state=2",
    "/setup/done",
    "/connect/github/callback",
    "/static/other.css",
    "/",
    "/accounts",
    "/api/v1/commits",
    "//",
  ];
  test.each(wrong)("%s says that there is nothing", async (path) => {
    const { status, text, headers } = await look(path);
    expect(status).toBe(404);
    expect(JSON.parse(text)).toMatchObject({ code: "not_found", detail: "There is nothing at this address." });
    expect(headers.get("set-cookie")).toBeNull();
  });

  test("a cookie that somebody made up opens nothing", async () => {
    const { status } = await look("/setup", { headers: { cookie: `onbehalf-setup=${"A".repeat(43)}` } });
    expect(status).toBe(404);
  });

  test("forms are refused, too", async () => {
    for (const path of ["/setup", "/setup/start", "/setup/save", "/setup/sign-in"]) {
      const body = new URLSearchParams({ csrf: "x", owner: "own" });
      expect((await look(path, { method: "POST", body })).status).toBe(404);
    }
  });

  test("only whether it lives is told, and that it isn't ready", async () => {
    expect(await look("/healthz")).toMatchObject({ status: 200, text: '{"status":"ok"}' });
    const ready = await look("/readyz");
    expect(ready).toMatchObject({ status: 503, text: '{"status":"not set up"}' });
    expect(Number(ready.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  test.each(["/", "/accounts", "/setup?token=old"])(
    "a person's browser at %s reads where the link is",
    async (path) => {
      const { status, text, headers } = await look(path, { headers: { accept: "text/html" } });
      expect(status).toBe(404);
      expect(headers.get("content-type")).toContain("text/html");
      expect(text).toContain("finds the link in the terminal");
      expect(text).not.toContain(token());
      expect(headers.get("set-cookie")).toBeNull();
      for (const [, style = ""] of text.matchAll(/href="(\/static\/[^"]+)"/g))
        expect((await look(style)).status).toBe(200);
    },
  );
});

test("a form that another site made is refused, and changes nothing", async () => {
  const { browser } = await stack.enter();
  for (const csrf of [undefined, "", "x".repeat(43)]) {
    const fields = { owner: "own", sign_in: "closed", name: "x", public_url: stack.setup.url };
    const page = await browser.post(`${stack.setup.url}/setup`, csrf === undefined ? fields : { ...fields, csrf });
    expect(page.status).toBe(403);
  }
  expect((await browser.open(`${stack.setup.url}/setup/create`)).url).toBe(`${stack.setup.url}/setup`);
});

test("with the link, an address that set-up does not know leads to where it stands", async () => {
  const { browser } = await stack.enter();
  expect((await browser.open(`${stack.setup.url}/accounts?installation_id=1`)).url).toBe(`${stack.setup.url}/setup`);
});

test("neither the link nor a cookie is in the log", async () => {
  const { browser } = await stack.enter();
  const [, secret = ""] = browser.cookies(stack.setup.url).split("=");
  expect(secret).toHaveLength(43);
  const log = stack.log.join("");
  expect(log).toContain('"route":"/setup"');
  for (const hidden of [token(), secret]) expect(log).not.toContain(hidden);
});

test("who tries too often waits, and whoever has the link does not", async () => {
  const own = await startSetupStack();
  const { browser } = await own.enter();
  const tries = Array.from({ length: 70 }, () => fetch(`${own.setup.url}/setup?token=wrong`));
  const statuses = (await Promise.all(tries)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 404)).toHaveLength(60);
  expect(statuses.filter((status) => status === 429)).toHaveLength(10);
  expect((await new Browser().open(own.setup.link)).status).toBe(200);
  expect((await browser.open(`${own.setup.url}/setup`)).status).toBe(200);
  await own.stop();
});
