import { afterEach, expect, test } from "vitest";
import { diagnose } from "../../harness/diagnose.ts";
import { useStack } from "../../harness/use-stack.ts";

const stack = useStack({ lite: true });
afterEach(() => stack.sandbox.second?.setWebhookUrl(`${stack.url}/api/github-lite/webhooks`));

const diagnoseWith = (change: Record<string, string | undefined> = {}) =>
  diagnose({ ...stack.environment, DATA_DIR: "/nonexistent", ...change });
const asked = ["github-app", "client-secret", "callback-url", "permissions", "events", "installations", "webhook"];

test("the lite App is looked at like the standard one, where there is one", async () => {
  const found = await diagnoseWith();
  expect(found.with("failure")).toEqual([]);
  for (const id of asked) expect(found.check(`lite-${id}`).status).toBe(found.check(id).status);
  expect(found.check("lite-github-app").says).toContain('the App "onbehalf lite"');
  expect(found.check("lite-webhook").says).toBe(`Deliveries go to ${stack.url}/api/github-lite/webhooks.`);
  const none = Object.keys(stack.environment).filter((name) => name.startsWith("GITHUB_LITE_"));
  const without = await diagnoseWith(Object.fromEntries(none.map((name) => [name, undefined])));
  expect(() => without.check("lite-github-app")).toThrow();
});

test("its faults are told by its own names, and are none of the standard one's", async () => {
  const found = await diagnoseWith({ GITHUB_LITE_APP_ID: "77", GITHUB_LITE_CLIENT_SECRET: "wrong-secret" });
  expect(found.with("failure")).toEqual(["lite-github-app", "lite-client-secret"]);
  expect(found.check("lite-github-app").repair).toContain("GITHUB_LITE_APP_ID and the private key must be of one App");
  expect(found.check("lite-client-secret").repair).toContain("GITHUB_LITE_CLIENT_ID is of the same App");
});

test("deliveries that go to the standard App's address fail", async () => {
  stack.sandbox.second?.setWebhookUrl(`${stack.url}/api/github/webhooks`);
  const found = await diagnoseWith();
  expect(found.with("failure")).toEqual(["lite-webhook"]);
  expect(found.check("lite-webhook").repair).toContain(`${stack.url}/api/github-lite/webhooks`);
});
