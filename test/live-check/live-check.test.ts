import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { git } from "../../demo/git.ts";
import { BRANCH_PREFIX, PROTECTED_BRANCH } from "../../live-check/branches.ts";
import { experiments } from "../../live-check/experiments/index.ts";
import { runLiveCheck } from "../../live-check/run.ts";
import { type Environment, readSettings } from "../../live-check/settings.ts";
import { type Sandbox, type Switches, startSandbox } from "../../sandbox/index.ts";
import { freePort } from "../../src/store/embedded/free-port.ts";
import { authorize, CALLBACK } from "../sandbox/authorize.ts";
import { visit } from "./visitor.ts";

let sandbox: Sandbox;
let callbackUrl: string;
const hook = createServer((_request, response) => response.end());

beforeAll(async () => {
  sandbox = await startSandbox();
  callbackUrl = `http://127.0.0.1:${await freePort()}/callback`;
  await new Promise<void>((resolve) => hook.listen(0, "127.0.0.1", resolve));
  const at = hook.address();
  sandbox.setWebhookUrl(`http://127.0.0.1:${typeof at === "object" ? at?.port : 0}/`);
  await sandbox.addRepository("acme/attic", { archived: true, files: { a: "1" } });
  await sandbox.addRepository("ada/diary", { files: { a: "1" } });
});
afterAll(async () => {
  await sandbox.close();
  hook.close();
});

const environment = (): Environment => ({
  GITHUB_URL: sandbox.webUrl,
  GITHUB_API_URL: sandbox.apiUrl,
  APP_ID: String(sandbox.app.id),
  PRIVATE_KEY: sandbox.app.privateKey,
  GITHUB_CLIENT_ID: sandbox.app.clientId,
  GITHUB_CLIENT_SECRET: sandbox.app.clientSecret,
  LIVE_CHECK_REPOSITORY: "acme/site",
  LIVE_CHECK_ARCHIVED_REPOSITORY: "acme/attic",
  LIVE_CHECK_READ_ONLY_REPOSITORY: "ada/diary",
  LIVE_CHECK_ORGANIZATION: "acme",
  LIVE_CHECK_CALLBACK_URL: callbackUrl,
  LIVE_CHECK_WAIT_SECONDS: "1",
});

/** Plays all of it; a person opens the address that is printed. */
async function play(change: Environment = {}, options: { yes: boolean } = { yes: true }) {
  const settings = readSettings({ ...environment(), ...change });
  if (!settings) throw new Error("there are no credentials");
  const lines: string[] = [];
  let visited: Promise<string> = Promise.resolve("");
  const print = (line: string) => {
    lines.push(line);
    if (line.startsWith("http")) visited = visit(line, "grace");
  };
  sandbox.setCallbackUrls([callbackUrl, CALLBACK]);
  const sound = await runLiveCheck({ fetch, print }, settings, { ...options, experiments });
  const said = lines.join("\n");
  const answers = [...said.matchAll(/^\| \d+ \| (.*?) \| (.*?) \|/gm)].map(([, , answer]) => answer);
  return { sound, said, answers, lastPage: await visited };
}

async function branchesOf(name: string): Promise<string[]> {
  const text = await git([
    "--git-dir",
    sandbox.repository(name).path,
    "for-each-ref",
    "--format=%(refname) %(objectname)",
  ]);
  return text.split("\n");
}

interface Case {
  switches: Partial<Switches>;
  answers: string[];
}
const oneWay: Case = {
  switches: { rulesets: true },
  answers: [
    "bad_verification_code",
    "yes",
    "yes: a noreply address",
    "yes: it creates, removes and compares",
    "yes",
    "yes",
    "STALE_DATA",
    "UNPROCESSABLE",
    "NOT_FOUND",
    "no error: a commit was made",
    "UNPROCESSABLE",
    "FORBIDDEN",
    "404",
    "yes",
    "yes",
    "8 hours, to the second as long as its parent",
    "no",
    "yes",
    "yes",
    "yes",
  ],
};
const otherWay: Case = {
  switches: {
    rulesets: true,
    redirectUriCheckedFirst: true,
    membershipsShown: false,
    contentsCommitsSigned: false,
    emptyCommits: false,
    writeWithoutAccessIsNotFound: false,
    wrongVerifierConsumesCode: false,
    deletingTokenKillsRefreshToken: false,
    scopedTokenEndsWithParent: false,
    scopedTokensCount: true,
    evictOldestToken: false,
    webhookOnApiGrantDeletion: false,
  },
  answers: [
    "redirect_uri_mismatch",
    "no: 403",
    "yes: a noreply address",
    "yes: it creates, removes and compares",
    "yes",
    "no",
    "STALE_DATA",
    "UNPROCESSABLE",
    "NOT_FOUND",
    "UNPROCESSABLE",
    "UNPROCESSABLE",
    "FORBIDDEN",
    "403",
    "no: the right one still works",
    "no: it still refreshes",
    "8 hours",
    "no",
    "no",
    "no",
    "no, not within 1 s",
  ],
};

describe("against a GitHub", () => {
  beforeAll(() => sandbox.updateRepository("acme/site", { protectedBranches: [PROTECTED_BRANCH] }));
  afterAll(() => sandbox.updateRepository("acme/site", { protectedBranches: [] }));

  test.each([
    ["one way", oneWay],
    ["the other way", otherWay],
  ])("it tells how every [?] is, %s", async (_, { switches, answers }) => {
    const before = { ...sandbox.switches };
    Object.assign(sandbox.switches, switches);
    const found = await play();
    Object.assign(sandbox.switches, before);
    expect(found.said).not.toContain("| failed |");
    expect(found.answers).toEqual(answers);
    expect(found.sound).toBe(true);
    expect(found.lastPage).toContain("You can close this page.");
  });

  test("it tells that scoped tokens count, by what they evicted", async () => {
    const before = { ...sandbox.switches };
    Object.assign(sandbox.switches, { rulesets: true, scopedTokensCount: true, scopedTokenEndsWithParent: false });
    const { answers } = await play();
    Object.assign(sandbox.switches, before);
    expect(answers.slice(15, 18)).toEqual(["8 hours", "yes", "not told: the parent had died before"]);
  });

  test("it leaves no branch, no commit and no grant behind, and touches no branch of others", async () => {
    const repositories = ["acme/site", "acme/attic", "ada/diary"];
    const before = await Promise.all(repositories.map(branchesOf));
    const pushes = sandbox.deliveries.length;
    sandbox.switches.rulesets = true;
    await play();
    sandbox.switches.rulesets = false;
    expect(await Promise.all(repositories.map(branchesOf))).toEqual(before);
    expect(sandbox.grants().filter(({ login }) => login === "grace")).toEqual([]);
    expect(sandbox.deliveries.length).toBeGreaterThan(pushes);
  });

  test("its table shows no secret and nobody's name", async () => {
    const { said } = await play();
    const table = said.split("\n").filter((line) => line.startsWith("|"));
    expect(table.length).toBe(22);
    const { app } = sandbox;
    const secrets = [...sandbox.issuedTokens(), app.clientSecret, app.clientId, app.webhookSecret];
    for (const secret of secrets) expect(said).not.toContain(secret);
    for (const name of ["acme", "grace", "@", "4712036"]) expect(table.join("\n")).not.toContain(name);
    expect(table.join("\n")).not.toMatch(/[0-9a-f]{40}|gh[pousr]_\w/);
  });

  test("a branch that can't be removed is named, and the exit status says so", async () => {
    const { sound, said } = await play();
    expect(said).toContain(`Left behind, remove it yourself: ${PROTECTED_BRANCH}: HTTP 422`);
    expect(sound).toBe(false);
    sandbox.updateRepository("acme/site", { protectedBranches: [] });
    const again = await play();
    expect(again.said).toContain("not told: nothing protects the branch");
    expect(again.said).not.toContain("Left behind");
    expect((await branchesOf("acme/site")).filter((line) => line.includes(BRANCH_PREFIX))).toEqual([]);
  });
});

describe("without --yes", () => {
  test("it warns, plays what changes nothing, and says what it left out", async () => {
    const { access_token: LIVE_CHECK_USER_TOKEN } = await authorize(sandbox, "grace");
    const before = {
      branches: await branchesOf("acme/site"),
      grants: sandbox.grants(),
      requests: sandbox.requests.length,
    };
    const { sound, said, answers } = await play({ LIVE_CHECK_USER_TOKEN }, { yes: false });
    expect(sound).toBe(true);
    expect(said).toContain("- deleted-grant: the person's grant for the App is deleted");
    expect(answers.slice(0, 3)).toEqual(["bad_verification_code", "yes", "yes: a noreply address"]);
    expect(answers.slice(3)).toEqual(new Array(17).fill("not played"));
    expect(await branchesOf("acme/site")).toEqual(before.branches);
    expect(sandbox.grants()).toEqual(before.grants);
    const sent = sandbox.requests.slice(before.requests).filter(({ method }) => method !== "GET");
    expect(sent.map(({ path }) => path)).toEqual(["/login/oauth/access_token", "/api/graphql"]);
  });

  test("it asks nobody for a token", async () => {
    const { answers } = await play({}, { yes: false });
    expect(answers).toEqual(["bad_verification_code", ...new Array(19).fill("not played")]);
  });
});

test("with a token and no browser it plays what a token is enough for", async () => {
  const { access_token: LIVE_CHECK_USER_TOKEN } = await authorize(sandbox, "ada");
  const { sound, answers } = await play({ LIVE_CHECK_USER_TOKEN, LIVE_CHECK_CALLBACK_URL: "" });
  expect(sound).toBe(true);
  expect(answers.slice(0, 5)).toEqual([
    "bad_verification_code",
    "yes",
    "yes: an address",
    "yes: it creates, removes and compares",
    "yes",
  ]);
  expect(answers.slice(-7)).toEqual(new Array(7).fill("not played"));
});
