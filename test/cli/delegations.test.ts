import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { rowsOf } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";
import { emptyFolder, linesOf, type Outcome, onbehalf } from "./onbehalf.ts";

const stack = useStack();
vi.setConfig({ testTimeout: 120_000 }); // each command is a process

let folder: string;
let key: string;
let userId: string;

beforeAll(async () => {
  folder = await emptyFolder();
  ({ userId } = await stack.connect("ada"));
  ({ key } = await stack.bot("deploy-bot"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A command beside the running server. */
const run = (...args: string[]) => onbehalf(args, { cwd: folder, env: { DATABASE_URL: stack.databaseUrl } });
const grant = (...args: string[]) => run("delegations", "grant", ...args);

function json(outcome: Outcome): Record<string, unknown> {
  expect(outcome).toMatchObject({ code: 0, err: "" });
  return JSON.parse(outcome.out);
}

async function delegationOf(id: unknown): Promise<Record<string, unknown> | undefined> {
  return (await rowsOf(stack, "delegations")).find((row) => row.id === id);
}

test("a bot may act from the grant on, until the delegation is ended", async () => {
  const arguments_ = [
    "--user",
    "gh.583231",
    "--bot",
    "deploy-bot",
    "--repository",
    "acme/site",
    "--capability",
    "commit",
  ];
  expect((await stack.commit(key)).body.code).toBe("delegation_required");
  const { code, out, err } = await grant(...arguments_);
  expect({ code, err, lines: linesOf(out).length }).toEqual({ code: 0, err: "", lines: 1 });
  const id = out.trim();
  expect((await stack.commit(key)).status).toBe(201);
  expect((await stack.commit(key, { repository: "acme/secret" })).body.code).toBe("delegation_required");

  expect(json(await run("delegations", "list", "--json"))).toEqual({
    items: [
      {
        id,
        user: userId,
        login: "ada",
        reference: "gh.583231",
        bot: "deploy-bot",
        provider: "github",
        repositories: ["acme/site"],
        branches: ["*"],
        capabilities: ["commit"],
        until: null,
      },
    ],
  });
  expect((await run("delegations", "list")).out).toMatch(
    new RegExp(`^${id} +${userId} +ada +gh\\.583231 +deploy-bot +github +acme/site`, "m"),
  );
  expect(await run("delegations", "end", id)).toEqual({ code: 0, out: "Ended.\n", err: "" });
  expect((await stack.commit(key)).body.code).toBe("delegation_required");
  expect(json(await run("delegations", "list", "--json"))).toEqual({ items: [] });
  expect((await run("delegations", "list")).out).toBe("No bot may act as anybody.\n");
});

test("patterns may follow one flag or each have its own", async () => {
  const { id } = json(
    await grant(
      ...["--user", userId, "--bot", "deploy-bot", "--repository", "acme/*", "Ada/Notes", "--repository", "acme/site"],
      ...["--branch", "main", "release/*", "--branch", "x", "--capability", "commit", "--capability", "commit"],
      ...["--until", "2099-01-31T18:00:00+02:00", "--json"],
    ),
  );
  expect(await delegationOf(id)).toMatchObject({
    user_id: userId,
    repositories: ["acme/*", "ada/notes", "acme/site"],
    branches: ["main", "release/*", "x"],
    capabilities: ["commit"],
    granted_by: "operator",
    ends_at: "2099-01-31T16:00:00+00:00",
  });
  expect(json(await run("delegations", "end", String(id), "--json"))).toEqual({ id, ended: true });
  const { items } = json(await run("bots", "list", "--json"));
  expect(items).toHaveLength(1);
});

test("a day as the end means that whole day, and a login may name the user", async () => {
  const { id } = json(
    await grant(
      ...["--user", "@ada", "--bot", "deploy-bot", "--repository", "*", "--capability", "commit"],
      ...["--until", "2099-02-28", "--json"],
    ),
  );
  expect(await delegationOf(id)).toMatchObject({ user_id: userId, ends_at: "2099-02-28T23:59:59+00:00" });
});

test("every bad argument is refused in a sentence, and nothing is granted", async () => {
  await stack.bot("host", "platform");
  const good = { user: "gh.583231", bot: "deploy-bot", repository: "acme/site", capability: "commit" };
  const before = await rowsOf(stack, "delegations");
  const bad: [change: Record<string, string | undefined>, why: RegExp][] = [
    [{ user: undefined }, /required option '--user <ref>' not specified/],
    [{ bot: undefined }, /required option '--bot <name>' not specified/],
    [{ repository: undefined }, /Name at least one repository/],
    [{ capability: undefined }, /required option '--capability <name...>' not specified/],
    [{ user: "gh.1" }, /no active user "gh.1": they must have signed in once/],
    [{ user: "ada" }, /no active user "ada"/],
    [{ user: "ext.%zz" }, /no active user "ext.%zz"/],
    [{ bot: "nobody" }, /no live bot named "nobody"/],
    [{ bot: "host" }, /"host" is a platform key, which never acts/],
    [{ repository: "acme" }, /"acme" is not owner\/name, owner\/\* or \*/],
    [{ repository: "acme/.." }, /"acme\/.." is not owner\/name/],
    [{ repository: "" }, /Name at least one repository/],
    [{ capability: "fly" }, /"fly" is no capability: use /],
    [{ branch: "a b" }, /"a b" is not a branch name/],
    [{ until: "tomorrow" }, /--until is "tomorrow": write it like 2027-01-31T18:00:00Z/],
    [{ until: "2099-02-31" }, /--until is "2099-02-31"/],
    [{ until: "2099-01-31T18:00" }, /--until is "2099-01-31T18:00"/],
    [{ until: "2001-01-31" }, /The end lies in the past/],
  ];
  const outcomes = await Promise.all(
    bad.map(([change]) =>
      grant(
        ...Object.entries({ ...good, ...change }).flatMap(([name, value]) =>
          value === undefined ? [] : [`--${name}`, value],
        ),
      ),
    ),
  );
  for (const [index, [change, why]] of bad.entries()) {
    expect({ change, ...outcomes[index] }).toEqual({ change, code: 1, out: "", err: expect.stringMatching(why) });
    expect(outcomes[index]?.err).not.toMatch(/^ +at /m);
  }
  expect(await rowsOf(stack, "delegations")).toEqual(before);
});

test("what is no delegation in force can't be ended", async () => {
  for (const id of ["nonsense", "00000000-0000-4000-8000-000000000000"]) {
    const outcome = await run("delegations", "end", id);
    expect(outcome).toEqual({ code: 1, out: "", err: expect.stringContaining(`no delegation "${id}" in force`) });
  }
});

test("a bot that is revoked beside the running server is refused from the next request on", async () => {
  const { key: another } = await stack.bot("doomed-bot");
  await stack.delegate("gh.583231", "doomed-bot", ["acme/*"]);
  expect((await stack.commit(another)).status).toBe(201);
  expect((await run("bots", "revoke", "doomed-bot")).code).toBe(0);
  expect(await stack.commit(another)).toMatchObject({ status: 401, body: { code: "key_invalid" } });
  const { items } = json(await run("delegations", "list", "--json"));
  expect(JSON.stringify(items)).not.toContain("doomed-bot");
});

test("the audit log tells who did what, as whom and where", async () => {
  const { out } = await run("audit");
  expect(out).toMatch(/commit {2}succeeded {2}as @ada {2}by deploy-bot {2}in acme\/site {2}on main/);
  const events = linesOf((await run("audit", "--json")).out).map((line) => JSON.parse(line));
  expect(events).toContainEqual(
    expect.objectContaining({ action: "delegation.grant", actor: "operator", bot: "deploy-bot", user_id: userId }),
  );
  expect(out).not.toContain(key.slice(3));
});

test("the audit log says who granted it, a person on the page or an operator, and never the bot", async () => {
  const { browser } = await stack.connect("grace");
  await grant("--user", "@grace", "--bot", "deploy-bot", "--repository", "acme/site", "--capability", "commit");
  const page = await browser.open(`${stack.url}/permissions`);
  const bot = (await rowsOf(stack, "bots")).find(({ name }) => name === "deploy-bot");
  const fields = { bot: String(bot?.id), repositories: "acme/site", capability: "commit" };
  await browser.submit(page, "Let the bot act as you", fields);
  const lines = linesOf((await run("audit")).out);
  const about = (action: string) => lines.filter((line) => line.includes(`  ${action}  `) && line.includes("@grace"));
  expect(about("delegation.grant").map((line) => line.split("  ").slice(3))).toEqual([
    ["by operator", "as @grace", "for deploy-bot"],
    ["by @grace", "for deploy-bot"],
  ]);
  const events = linesOf((await run("audit", "--json")).out).map((line) => JSON.parse(line));
  expect(events.findLast(({ action }) => action === "delegation.grant")).toMatchObject({
    actor: "user",
    login: "grace",
  });
});

test("at a provider elsewhere a bot is let read and change, without naming repositories", async () => {
  const to = ["--user", "gh.583231", "--bot", "deploy-bot", "--provider", "google"];
  const { id } = json(await grant(...to, "--capability", "api:read", "--json"));
  expect(await delegationOf(id)).toMatchObject({ provider: "google", repositories: ["*"], capabilities: ["api:read"] });
  const commit = await grant(...to, "--capability", "commit");
  expect(commit).toMatchObject({ code: 1, err: expect.stringContaining('"commit" is for GitHub alone') });
  await run("delegations", "end", String(id));
});
