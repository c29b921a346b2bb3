import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type Stack, startStack } from "./harness/stack.ts";

interface Manifest {
  url: string;
  hook_attributes: { url: string; active: boolean };
  callback_urls: string[];
  setup_url: string;
  request_oauth_on_install: boolean;
  public: boolean;
  default_permissions: Record<string, string>;
  default_events: string[];
}

const manifest: Manifest = parse(readFileSync(new URL("../app.yml", import.meta.url), "utf8"));

describe("app.yml", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.stop());

  /** An address of the manifest, on this stack. */
  const here = (address: string) => address.replace(manifest.url, stack.url);

  test("asks for exactly the permissions and events that onbehalf needs", () => {
    expect(manifest.default_permissions).toEqual({
      contents: "write",
      pull_requests: "write",
      issues: "write",
      workflows: "write",
      metadata: "read",
    });
    expect(manifest.default_events).toEqual(["push", "issue_comment", "pull_request", "pull_request_review_comment"]);
  });

  test("is for its owner alone, and lets nobody authorise while installing, which would hide the setup URL", () => {
    expect(manifest).toMatchObject({ public: false, request_oauth_on_install: false });
  });

  test("has one host for everything", () => {
    const addresses = [manifest.hook_attributes.url, manifest.setup_url, ...manifest.callback_urls];
    expect(addresses.map((address) => new URL(address).origin)).toEqual(addresses.map(() => manifest.url));
  });

  test("has deliveries sent to the route that takes them", async () => {
    expect(manifest.hook_attributes.active).toBe(true);
    stack.sandbox.setWebhookUrl(here(manifest.hook_attributes.url));
    expect(await stack.sandbox.deliver("ping", { zen: "Keep it logically awesome." })).toMatchObject({ status: 202 });
  });

  test("has people sent back to the callback that signs them in and connects them", async () => {
    stack.sandbox.setCallbackUrls(manifest.callback_urls.map(here));
    const { page } = await stack.connect("ada");
    expect(page.url).toBe(`${stack.url}/accounts?done=connected`);
  });

  test("sends an owner to a page that exists after installing", async () => {
    const { browser } = await stack.signIn("grace");
    expect(await browser.open(here(manifest.setup_url))).toMatchObject({ status: 200 });
  });
});
