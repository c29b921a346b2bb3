import { afterEach, describe, expect, test } from "vitest";
import { diagnose } from "../../harness/diagnose.ts";
import { useStack } from "../../harness/use-stack.ts";

const PERMISSIONS: Record<string, "read" | "write"> = {
  contents: "write",
  pull_requests: "write",
  issues: "write",
  workflows: "write",
  metadata: "read",
};
const EVENTS = ["push", "issue_comment", "pull_request", "pull_request_review_comment"];

const stack = useStack();
afterEach(() => {
  const { sandbox } = stack;
  sandbox.faults.clear();
  sandbox.updateApp({
    permissions: PERMISSIONS,
    events: EVENTS,
    hook: { contentType: "json", insecureSsl: false },
  });
  sandbox.setWebhookUrl(`${stack.url}/api/github/webhooks`);
  for (const owner of ["acme", "ada"]) {
    sandbox.setInstallation(owner, "all");
    sandbox.updateInstallation(owner, { suspended: false, acceptPermissions: true });
  }
});

const diagnoseWith = (change: Record<string, string | undefined> = {}) =>
  diagnose({ ...stack.environment, DATA_DIR: "/nonexistent", ...change });
const check = async (id: string, change: Record<string, string | undefined> = {}) =>
  (await diagnoseWith(change)).check(id);

describe("permissions", () => {
  test("that are missing or too weak fail", async () => {
    const { workflows: _, ...others } = PERMISSIONS;
    stack.sandbox.updateApp({ permissions: { ...others, contents: "read" } });
    const found = await diagnoseWith();
    expect(found.with("failure")).toEqual(["permissions"]);
    expect(found.check("permissions").says).toBe("The App lacks permissions: contents: write, workflows: write.");
    expect(found.check("permissions").repair).toContain(`${stack.sandbox.webUrl}/organizations/acme/settings/apps/`);
  });

  test("that nobody needs are a warning", async () => {
    stack.sandbox.updateApp({ permissions: { ...PERMISSIONS, actions: "write" } });
    const found = await check("permissions");
    expect(found.status).toBe("warning");
    expect(found.says).toBe("The App has permissions that onbehalf doesn't use (least privilege): actions: write.");
  });

  test("to see members belong to a sign-in for members of an organisation", async () => {
    stack.sandbox.updateApp({ permissions: { ...PERMISSIONS, members: "read" } });
    expect((await check("permissions", { SIGN_IN: "org:acme" })).status).toBe("ok");
    expect((await check("permissions", { SIGN_IN: "open" })).status).toBe("warning");
    stack.sandbox.updateApp({ permissions: PERMISSIONS });
    expect((await check("permissions", { SIGN_IN: "open" })).status).toBe("ok");
    expect(await check("permissions", { SIGN_IN: "org:acme" })).toMatchObject({
      status: "warning",
      says: expect.stringContaining("members: read"),
    });
  });
});

describe("events", () => {
  test("that are missing fail, and those that nobody needs are a warning", async () => {
    stack.sandbox.updateApp({ events: EVENTS.slice(1) });
    expect(await check("events")).toMatchObject({ status: "failure", says: expect.stringContaining(": push.") });
    stack.sandbox.updateApp({ events: [...EVENTS, "star"] });
    expect(await check("events")).toMatchObject({ status: "warning", says: expect.stringContaining(": star.") });
  });
});

describe("installations", () => {
  test("none at all is a warning with the address to install it at", async () => {
    for (const owner of ["acme", "ada"]) stack.sandbox.setInstallation(owner, null);
    const found = await diagnoseWith();
    expect(found.ok).toBe(true);
    expect(found.check("installations")).toMatchObject({
      status: "warning",
      repair: expect.stringContaining(`${stack.sandbox.webUrl}/apps/onbehalf/installations/new`),
    });
  });

  test("a suspended one, and one that has yet to accept permissions, are named", async () => {
    stack.sandbox.updateInstallation("ada", { suspended: true });
    expect((await check("installations")).says).toBe("The App is installed on 2 accounts; ada suspended it.");
    stack.sandbox.updateInstallation("ada", { suspended: false });
    stack.sandbox.updateApp({ permissions: { ...PERMISSIONS, actions: "read" } });
    stack.sandbox.updateInstallation("ada", { acceptPermissions: true });
    const found = await check("installations");
    expect(found.status).toBe("warning");
    expect(found.says).toBe("The App is installed on 2 accounts; acme has yet to accept actions: read.");
    expect(found.repair).toMatch(/^An owner goes to \S+\/settings\/installations\/\d+\.$/);
  });

  test("are read page by page", async () => {
    const one = {
      account: { login: "somebody" },
      permissions: PERMISSIONS,
      suspended_at: null,
      html_url: "https://github.example/i",
    };
    const path = "/app/installations";
    stack.sandbox.faults.add({ match: { path }, respond: { status: 200, body: new Array(100).fill(one) } });
    expect((await check("installations")).says).toBe("The App is installed on 102 accounts.");
  });
});

describe("the webhook", () => {
  test("at another address fails, with the right one", async () => {
    stack.sandbox.setWebhookUrl("https://elsewhere.example/hooks");
    const found = await diagnoseWith();
    expect(found.with("failure")).toEqual(["webhook"]);
    const { says, repair } = found.check("webhook");
    expect(says).toBe(`Deliveries go to https://elsewhere.example/hooks, not to ${stack.url}/api/github/webhooks.`);
    expect(repair).toContain(`Set the webhook URL ${stack.url}/api/github/webhooks`);
  });

  test("goes to the channel of WEBHOOK_PROXY_URL where there is one", async () => {
    const WEBHOOK_PROXY_URL = "https://smee.example/channel";
    expect((await check("webhook", { WEBHOOK_PROXY_URL })).status).toBe("failure");
    stack.sandbox.setWebhookUrl(WEBHOOK_PROXY_URL);
    expect((await check("webhook", { WEBHOOK_PROXY_URL })).status).toBe("ok");
  });

  test("that doesn't exist fails", async () => {
    stack.sandbox.faults.add({ match: { path: "/app/hook/config" }, respond: { status: 404, body: {} } });
    expect(await check("webhook")).toMatchObject({ status: "failure", says: expect.stringContaining("no webhook") });
  });

  test("that sends forms fails", async () => {
    stack.sandbox.updateApp({ hook: { contentType: "form" } });
    expect(await check("webhook")).toMatchObject({
      status: "failure",
      repair: expect.stringContaining("application/json"),
    });
  });

  test("that isn't signed fails", async () => {
    const body = { url: `${stack.url}/api/github/webhooks`, content_type: "json", insecure_ssl: "0" };
    stack.sandbox.faults.add({ match: { path: "/app/hook/config" }, respond: { status: 200, body } });
    expect(await check("webhook")).toMatchObject({
      status: "failure",
      repair: expect.stringContaining("WEBHOOK_SECRET"),
    });
  });

  test("over TLS that nobody checks is a warning", async () => {
    const WEBHOOK_PROXY_URL = "https://smee.example/channel";
    stack.sandbox.setWebhookUrl(WEBHOOK_PROXY_URL);
    stack.sandbox.updateApp({ hook: { insecureSsl: true } });
    expect(await check("webhook", { WEBHOOK_PROXY_URL })).toMatchObject({
      status: "warning",
      repair: expect.stringContaining("SSL verification"),
    });
  });

  test("on a laptop without a channel is a warning, wherever it goes, since GitHub can't reach it", async () => {
    const found = await check("webhook", { GITHUB_URL: "https://github.com" });
    expect(found).toMatchObject({ status: "warning", repair: expect.stringContaining("WEBHOOK_PROXY_URL") });
    // What set-up registers there: a webhook that is switched off.
    stack.sandbox.setWebhookUrl("https://onbehalf.example.com/api/github/webhooks");
    expect((await check("webhook", { GITHUB_URL: "https://github.com" })).status).toBe("warning");
  });
});
