import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generateMasterKey } from "../../../src/crypto/keyring.ts";
import { diagnose } from "../../harness/diagnose.ts";
import { type Stack, startStack } from "../../harness/stack.ts";

let stack: Stack;
beforeAll(async () => {
  // As set-up makes the App for an organisation.
  const permissions: Record<string, "read" | "write"> = {
    contents: "write",
    pull_requests: "write",
    issues: "write",
    workflows: "write",
    metadata: "read",
    members: "read",
  };
  stack = await startStack({ environment: { SIGN_IN: "org:acme" } });
  stack.sandbox.updateApp({ permissions });
  for (const owner of ["acme", "ada"]) stack.sandbox.updateInstallation(owner, { acceptPermissions: true });
  await stack.connect("ada");
});
afterAll(() => stack.stop());

const diagnoseWith = (change: Record<string, string | undefined> = {}) =>
  diagnose({ ...stack.environment, DATA_DIR: "/nonexistent", ...change });

describe("a deployment in order", () => {
  test("passes every check, also the one that GitHub can't be asked about", async () => {
    const found = await diagnoseWith();
    expect(found.ok).toBe(true);
    expect(found.with("failure")).toEqual([]);
    expect(found.skipped).toEqual([]);
    expect(found.with("ok")).toEqual([
      "node",
      "configuration",
      "data-folder",
      "secret-files",
      "database",
      "migrations",
      "encryption-keys",
      "database-clock",
      "github-clock",
      "github-app",
      "client-secret",
      "callback-url",
      "permissions",
      "events",
      "installations",
      "webhook",
      "public-url",
      "sign-in",
      "user-tokens",
    ]);
    const url = `${stack.url}/connect/github/callback`;
    expect(found.check("callback-url")).toMatchObject({ status: "ok", says: expect.stringContaining(url) });
  });

  test("is told what was found, in words", async () => {
    const found = await diagnoseWith();
    expect(found.check("database").says).toMatch(/^PostgreSQL \d+\.\d+ \(at [\w.]+:\d+\) answers\.$/);
    expect(found.check("github-app").says).toContain('the App "onbehalf" (onbehalf, number 1204817)');
    expect(found.check("installations").says).toBe("The App is installed on 2 accounts.");
    expect(found.check("webhook").says).toBe(`Deliveries go to ${stack.url}/api/github/webhooks.`);
    expect(found.check("sign-in").says).toBe("Members of acme and the admins can sign in.");
  });
});

describe("a configuration with faults", () => {
  test("names each of them, looks at all that doesn't need it, and skips the rest", async () => {
    const found = await diagnoseWith({ APP_ID: "", SIGN_IN: "everybody", LOG_LEVEL: "loud" });
    const { status, says } = found.check("configuration");
    expect(status).toBe("failure");
    for (const name of ["APP_ID", "SIGN_IN", "LOG_LEVEL"]) expect(says).toContain(name);
    expect(found.ok).toBe(false);
    expect(found.with("ok")).toEqual([
      "node",
      "data-folder",
      "secret-files",
      "database",
      "migrations",
      "database-clock",
    ]);
    expect(found.skipped).toContain("github-app");
    expect(found.check("permissions")).toEqual({
      id: "permissions",
      status: "warning",
      says: 'Skipped because of "configuration".',
    });
  });

  test("may be no configuration at all", async () => {
    const found = await diagnose({ DATA_DIR: "/nonexistent/onbehalf" });
    expect(found.with("failure")).toEqual(["configuration"]);
    expect(found.check("data-folder")).toMatchObject({
      status: "warning",
      repair: expect.stringContaining("DATA_DIR"),
    });
    expect(found.check("database").status).toBe("warning");
  });
});

describe("who can sign in and connect", () => {
  test("everybody is a warning", async () => {
    const found = await diagnoseWith({ SIGN_IN: "open" });
    expect(found.ok).toBe(true);
    expect(found.check("sign-in")).toMatchObject({
      status: "warning",
      says: expect.stringContaining("Everybody"),
      repair: expect.stringContaining("SIGN_IN=org:NAME"),
    });
  });

  test("nobody is a warning, and an admin is enough", async () => {
    const nobody = await diagnoseWith({ SIGN_IN: "closed" });
    expect(nobody.check("sign-in")).toMatchObject({
      status: "warning",
      says: expect.stringContaining("nobody can sign in"),
      repair: expect.stringContaining("ADMIN_USERS"),
    });
    const somebody = await diagnoseWith({ SIGN_IN: "closed", ADMIN_USERS: "gh.583231" });
    expect(somebody.check("sign-in").status).toBe("ok");
  });

  test("members of an organisation that doesn't own the App are a warning", async () => {
    const { status, says } = (await diagnoseWith({ SIGN_IN: "org:ada-and-friends" })).check("github-app");
    expect(status).toBe("warning");
    expect(says).toContain("only people of acme can authorise a private App");
  });

  test("a feature gate that is closed is a warning", async () => {
    const found = await diagnoseWith({ ENABLE_GITHUB_USER_TOKENS: "false" });
    expect(found.check("user-tokens").status).toBe("warning");
    expect(found.ok).toBe(true);
  });
});

describe("PUBLIC_URL", () => {
  test("where nothing answers is a warning, since it may be out of reach from here", async () => {
    const found = await diagnoseWith({ PUBLIC_URL: "http://127.0.0.1:9" });
    expect(found.check("public-url")).toMatchObject({
      status: "warning",
      says: expect.stringContaining("http://127.0.0.1:9/healthz can't be reached from here"),
    });
  });
});

test("Node that is too old fails, and one that is not tested is a warning", async () => {
  const { checkNode } = await import("../../../src/actions/doctor/check-node.ts");
  expect(await checkNode("22.17.1")).toMatchObject({ status: "failure", repair: expect.stringContaining("22.18") });
  expect(await checkNode("20.19.0")).toMatchObject({ status: "failure" });
  expect(await checkNode("22.18.0")).toMatchObject({ status: "warning" });
  expect(await checkNode("v24.0.0")).toMatchObject({ status: "ok" });
});

describe("no secret is shown", () => {
  const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = keys.privateKey.export({ type: "pkcs1", format: "pem" }).toString();
  const masterKey = generateMasterKey();
  const misplaced: Record<string, Record<string, string>> = {
    "when everything is right": {},
    "when secrets are wrong": {
      GITHUB_CLIENT_SECRET: "a-wrong-client-secret",
      PRIVATE_KEY: pem,
      ENCRYPTION_KEYS: masterKey,
      WEBHOOK_SECRET: "a-wrong-webhook-secret",
    },
    "when they stand in the wrong variables": {
      PRIVATE_KEY: "",
      PRIVATE_KEY_PATH: pem,
      ENCRYPTION_KEYS: "",
      ENCRYPTION_KEYS_FILE: masterKey,
      APP_ID: "a-wrong-client-secret",
      ADMIN_USERS: "a-wrong-client-secret",
      GITHUB_CLIENT_SECRET: "a-wrong-client-secret",
      PORT: masterKey,
    },
    "when the database refuses them": {
      DATABASE_URL: "postgres://somebody:p%40ss-of-the-database@127.0.0.1:9/onbehalf",
    },
  };

  test.each(Object.entries(misplaced))("%s", async (_, change) => {
    const environment = { ...stack.environment, ...change };
    const said = JSON.stringify((await diagnose(environment)).checks);
    const { PRIVATE_KEY = "", ENCRYPTION_KEYS = "", GITHUB_CLIENT_SECRET = "", WEBHOOK_SECRET = "" } = environment;
    const databasePassword = new URL(environment.DATABASE_URL ?? "").password;
    const secrets = [
      ...[PRIVATE_KEY, pem].flatMap((key) => key.split("\n").filter((line) => line.length > 40)),
      ...[ENCRYPTION_KEYS, masterKey].flatMap((key) => key.split(":").at(1) ?? []),
      GITHUB_CLIENT_SECRET,
      WEBHOOK_SECRET,
      "a-wrong-client-secret",
      "p%40ss-of-the-database",
      "p@ss-of-the-database",
      ...(databasePassword.length > 8 ? [databasePassword] : []),
      ...stack.sandbox.issuedTokens(),
    ];
    expect(secrets.length).toBeGreaterThan(20);
    for (const secret of secrets.filter((text) => text !== "")) expect(said).not.toContain(secret);
  });
});
