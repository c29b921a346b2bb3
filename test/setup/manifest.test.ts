import { beforeAll, describe, expect, test } from "vitest";
import {
  type AppManifest,
  appManifest,
  readAppManifest,
  registrationUrl,
} from "../../src/actions/setup/app-manifest.ts";
import { readChoices, type SetupAnswers, type SetupChoices } from "../../src/actions/setup/setup-choices.ts";

let source: AppManifest;
beforeAll(async () => {
  source = await readAppManifest();
});

const open = { publicUrl: null, github: null, signIn: null };
const answers: SetupAnswers = {
  publicUrl: "https://bots.acme.example",
  githubUrl: "github.com",
  organization: "acme",
  signIn: "closed",
  name: "Acme bots",
};

function choose(change: Partial<SetupAnswers> = {}): SetupChoices {
  const read = readChoices(open, { ...answers, ...change });
  if ("faults" in read) throw new Error(JSON.stringify(read.faults));
  return read.choices;
}

const manifestFor = (change: Partial<SetupAnswers> = {}, webhookProxyUrl: string | null = null) =>
  appManifest(source, choose(change), { webhookProxyUrl, redirectOrigin: choose(change).publicUrl });

test("everything of app.yml is in it, with the deployment's addresses", () => {
  expect(manifestFor()).toEqual({
    ...source,
    name: "Acme bots",
    url: "https://bots.acme.example",
    hook_attributes: { url: "https://bots.acme.example/api/github/webhooks", active: true },
    redirect_url: "https://bots.acme.example/setup/callback",
    callback_urls: ["https://bots.acme.example/connect/github/callback"],
    setup_url: "https://bots.acme.example/accounts",
  });
  expect(JSON.stringify(manifestFor())).not.toContain("example.com");
});

describe("where GitHub is", () => {
  test.each([
    ["github.com", "https://github.com", "https://api.github.com"],
    ["https://github.com/", "https://github.com", "https://api.github.com"],
    ["www.github.com", "https://github.com", "https://api.github.com"],
    ["acme.ghe.com", "https://acme.ghe.com", "https://api.acme.ghe.com"],
    ["github.acme.example", "https://github.acme.example", "https://github.acme.example/api/v3"],
    ["https://git.acme.example:8443", "https://git.acme.example:8443", "https://git.acme.example:8443/api/v3"],
    ["http://127.0.0.1:4400", "http://127.0.0.1:4400", "http://127.0.0.1:4400/api/v3"],
  ])("%s", (githubUrl, webUrl, apiUrl) => {
    expect(choose({ githubUrl }).github).toEqual({ webUrl, apiUrl });
  });

  test.each([
    "",
    "git hub",
    "http://github.acme.example",
    "github.com/acme",
    "ftp://github.com",
    "https://u:p@github.com",
  ])("%j is no address of a GitHub", (githubUrl) => {
    expect(readChoices(open, { ...answers, githubUrl })).toHaveProperty("faults.githubUrl");
  });
});

describe("where the manifest is posted", () => {
  test.each([
    ["an organisation's", {}, "https://github.com/organizations/acme/settings/apps/new?state=s%201"],
    ["a person's", { organization: null }, "https://github.com/settings/apps/new?state=s%201"],
    [
      "on a GitHub Enterprise Server",
      { githubUrl: "git.acme.example" },
      "https://git.acme.example/organizations/acme/settings/apps/new?state=s%201",
    ],
  ])("%s", (_whose, change, address) => {
    expect(registrationUrl(choose(change), "s 1")).toBe(address);
  });
});

describe("webhooks", () => {
  const off = { url: "https://onbehalf.example.com/api/github/webhooks", active: false };

  test.each([
    ["http://127.0.0.1:3000", "github.com"],
    ["http://localhost:3000", "acme.ghe.com"],
    ["http://127.0.0.1:3000", "git.acme.example"],
    ["https://192.168.1.7", "github.com"],
    ["https://10.0.0.7:8443", "acme.ghe.com"],
    ["https://[fd00::7]", "github.com"],
    ["https://bots", "github.com"],
    ["https://bots.local", "github.com"],
    ["https://bots.acme.internal", "github.com"],
  ])("are off where GitHub can't come: %s from %s", (publicUrl, githubUrl) => {
    // With an address that GitHub may refuse to take, the app could not be created at all.
    expect(manifestFor({ publicUrl, githubUrl }).hook_attributes).toEqual(off);
  });

  test.each([
    ["https://bots.acme.example", "github.com"],
    ["https://93.184.216.34", "github.com"],
    ["https://10.0.0.7", "git.acme.example"],
    ["https://bots.local", "git.acme.example"],
    ["http://127.0.0.1:3000", "http://127.0.0.1:4400"],
  ])("are on where it can: %s from %s", (publicUrl, githubUrl) => {
    const url = `${publicUrl}/api/github/webhooks`;
    expect(manifestFor({ publicUrl, githubUrl }).hook_attributes).toEqual({ url, active: true });
  });

  test("go to the channel of WEBHOOK_PROXY_URL where there is one", () => {
    const channel = "https://smee.io/abc";
    const manifest = manifestFor({ publicUrl: "http://127.0.0.1:3000" }, channel);
    expect(manifest.hook_attributes).toEqual({ url: channel, active: true });
  });
});

test("who is a member is asked for only where members may sign in", () => {
  expect(manifestFor({ signIn: "org" }).default_permissions).toEqual({
    ...source.default_permissions,
    members: "read",
  });
  expect(manifestFor({ signIn: "org:other" }).default_permissions).toHaveProperty("members");
  for (const signIn of ["closed", "open"]) {
    expect(manifestFor({ signIn }).default_permissions).toEqual(source.default_permissions);
  }
});

test("org alone means the organisation that owns the app", () => {
  expect(choose({ signIn: "org" }).signIn).toBe("org:acme");
});
