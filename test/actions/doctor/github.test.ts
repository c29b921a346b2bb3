import { generateKeyPairSync } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { type Diagnosis, diagnose } from "../../harness/diagnose.ts";
import { useStack } from "../../harness/use-stack.ts";

const stack = useStack({ environment: { SIGN_IN: "org:acme" } });
afterEach(() => stack.sandbox.faults.clear());

const diagnoseWith = (change: Record<string, string | undefined> = {}) =>
  diagnose({ ...stack.environment, DATA_DIR: "/nonexistent", ...change });
const needTheApp = ["permissions", "events", "installations", "webhook"];

/** What failed, and that everything else was still looked at. */
function expectOnly(found: Diagnosis, failed: string[], skipped: string[] = []) {
  expect(found.ok).toBe(failed.length === 0);
  expect(found.with("failure")).toEqual(failed);
  expect(found.skipped).toEqual(skipped);
}

describe("the App's own credentials", () => {
  test("of two Apps mixed up: GitHub refuses the JWT", async () => {
    const found = await diagnoseWith({ APP_ID: "77" });
    expectOnly(found, ["github-app"], needTheApp);
    expect(found.check("github-app").repair).toContain("APP_ID and the private key must be of one App");
  });

  test("a private key of no App is refused alike", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const PRIVATE_KEY = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
    expectOnly(await diagnoseWith({ PRIVATE_KEY }), ["github-app"], needTheApp);
  });

  test("a client id of another App", async () => {
    const found = await diagnoseWith({ GITHUB_CLIENT_ID: "Iv1.of_another_app" });
    expectOnly(found, ["github-app", "client-secret"], ["callback-url", ...needTheApp]);
    expect(found.check("github-app").says).toContain(`its client id is ${stack.sandbox.app.clientId}`);
  });

  test("a client secret that is wrong", async () => {
    const found = await diagnoseWith({ GITHUB_CLIENT_SECRET: "0123456789abcdef" });
    expectOnly(found, ["client-secret"], ["callback-url"]);
    expect(found.check("client-secret").repair).toContain("new client secret");
  });

  test("a client id that GitHub answers 404 to", async () => {
    const match = { path: "/login/oauth/access_token" };
    stack.sandbox.faults.add({ match, respond: { status: 404, body: { error: "Not Found" } } });
    const found = await diagnoseWith();
    expectOnly(found, ["client-secret"], ["callback-url"]);
    expect(found.check("client-secret").says).toBe("GitHub knows no App with this client id.");
  });
});

describe("the callback URL", () => {
  test("fails where GitHub tells that it isn't the App's, and is fine where it doesn't", async () => {
    stack.sandbox.setCallbackUrls(["https://elsewhere.example/callback"]);
    expect((await diagnoseWith()).check("callback-url").status).toBe("ok");
    stack.sandbox.switches.redirectUriCheckedFirst = true;
    const found = await diagnoseWith();
    expectOnly(found, ["callback-url"]);
    expect(found.check("callback-url").says).toBe(
      `${stack.url}/connect/github/callback is no callback URL of the App.`,
    );
    stack.sandbox.switches.redirectUriCheckedFirst = false;
    stack.sandbox.setCallbackUrls([`${stack.url}/connect/github/callback`]);
  });
});

describe("a GitHub that doesn't answer as it should", () => {
  test("nobody is there", async () => {
    const found = await diagnoseWith({ GITHUB_URL: "http://127.0.0.1:9", GITHUB_API_URL: "http://127.0.0.1:9/api/v3" });
    expectOnly(found, ["github-clock", "github-app", "client-secret"], ["callback-url", ...needTheApp]);
    expect(found.check("github-app").repair).toContain("GITHUB_API_URL");
    expect(found.check("client-secret").repair).toContain("GITHUB_URL");
  });

  test("the address is that of something else", async () => {
    const found = await diagnoseWith({ GITHUB_API_URL: stack.url });
    expect(found.with("failure")).toEqual(["github-app"]);
    expect(found.check("github-app").says).toContain("answered 404 to GET /app, not as a GitHub does");
  });

  test("its rate limit is reached", async () => {
    const headers = { "retry-after": "60" };
    stack.sandbox.faults.add({ match: { path: "/app" }, respond: { status: 403, body: {}, headers } });
    expect((await diagnoseWith()).check("github-app").says).toBe("GitHub's rate limit is reached.");
  });
});

describe("GitHub's clock", () => {
  test.each([
    [45, "warning"],
    [90, "failure"],
    [-90, "failure"],
  ] as const)("%i s ahead is a %s", async (seconds, status) => {
    stack.sandbox.switches.clockAheadSeconds = seconds;
    const found = (await diagnoseWith()).check("github-clock");
    stack.sandbox.switches.clockAheadSeconds = 0;
    expect(found.status).toBe(status);
    const near = `(${[-1, 0, 1].map((off) => Math.abs(seconds) + off).join("|")})`;
    const side = seconds > 0 ? "behind" : "ahead of";
    expect(found.says).toMatch(new RegExp(`^This machine's clock is ${near} s ${side} GitHub's\\.`));
    expect(found.repair).toContain("NTP");
  });
});
