import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ghEnvironment, ghInstalled, runGh } from "../harness/gh-client.ts";
import { type GitClient, gitClient } from "../harness/git-client.ts";
import { type Stack, startStack } from "../harness/stack.ts";
import { frontHost, startTlsFront, type TlsFront } from "../harness/tls-front.ts";

const ada = "gh.583231";
const capabilities = ["push", "pull-request", "api:read"];

describe.skipIf(!ghInstalled)("gh with a pass, in a checkout of onbehalf's", () => {
  let stack: Stack;
  let front: TlsFront;
  let client: GitClient;
  let key: string;
  let pass: string;

  beforeAll(async () => {
    stack = await startStack();
    await stack.connect("ada");
    key = (await stack.bot("deploy-bot")).key;
    await stack.delegate(ada, "deploy-bot", ["acme/*"], ["*"], capabilities);
    pass = await passFor({});
    // As behind a proxy that speaks TLS: pages and sign-in are the other replica's.
    const { url } = await stack.replica({ PUBLIC_URL: `https://${frontHost}` });
    front = await startTlsFront(url);
    client = await gitClient(pass);
    await git(["clone", "--quiet", `${front.url}/acme/site.git`, "site"], "");
    await git(["switch", "--quiet", "--create", "agents/gh"]);
    await client.commit("site", "gh.txt", "one\ntwo\n");
    await git(["push", "--quiet", "--set-upstream", "origin", "agents/gh"]);
  });
  afterAll(async () => {
    await client?.remove();
    await front?.close();
    await stack?.stop();
  });

  async function passFor(change: Record<string, unknown>): Promise<string> {
    const wish = { user: ada, repositories: ["acme/site"], capabilities, expires_in: 3600, ...change };
    const answer = await stack.call("POST", "/api/v1/passes", { key, body: wish });
    expect(answer.status).toBe(201);
    return String(answer.body.pass);
  }

  const git = (args: string[], folder = "site") => client.done(args, { in: folder, environment: front.environment });
  const gh = (args: string[], by = pass) => {
    const environment = ghEnvironment(front, { home: client.folder, pass: by });
    return runGh(args, { in: join(client.folder, "site"), environment });
  };
  const done = async (...args: string[]) => {
    const { status, out, err } = await gh(args);
    expect({ args, status, err }).toEqual({ args, status: 0, err: expect.any(String) });
    return out || err;
  };

  test("`gh auth status` knows the person, and prints nothing of the pass", async () => {
    const said = await done("auth", "status");
    expect(said).toContain(`Logged in to ${frontHost} as ada (GH_ENTERPRISE_TOKEN)`);
    expect(said).toContain("obp_*");
    expect(said).not.toContain(pass.slice("obp_".length, "obp_".length + 8));
  });

  test("`gh api` reads REST and GraphQL as the person, page after page", async () => {
    expect(await done("api", "user", "--jq", ".login")).toBe("ada");
    expect(await done("api", "graphql", "-f", "query={ viewer { login } }", "--jq", ".data.viewer.login")).toBe("ada");
    // Newer ones ask an Enterprise Server what it knows, before they open a pull request there.
    const fields = 'query={ __type(name: "PullRequest") { fields(includeDeprecated: true) { name } } }';
    expect(await done("api", "graphql", "-f", fields, "--jq", ".data.__type.fields[].name")).toContain("isDraft");
    const listed = await done(
      "api",
      "repos/acme/site/commits?sha=agents/gh&per_page=1",
      "--paginate",
      "--jq",
      ".[].sha",
    );
    expect(listed.split("\n")).toEqual((await git(["rev-list", "HEAD"])).split("\n"));
  });

  test("`gh repo view` finds the repository by the checkout's remote", async () => {
    const view = await done("repo", "view", "--json", "nameWithOwner,defaultBranchRef,viewerPermission");
    expect(JSON.parse(view)).toEqual({
      nameWithOwner: "acme/site",
      defaultBranchRef: { name: "main" },
      viewerPermission: "ADMIN",
    });
    expect(await done("repo", "view")).toContain("The site of Acme.");
  });

  test("`gh pr create`, `list` and `view` open and show a pull request of the person's", async () => {
    const address = `${stack.sandbox.webUrl}/acme/site/pull/1`;
    expect(await done("pr", "create", "--title", "From gh", "--body", "With a pass")).toBe(address);
    const shown = { number: 1, title: "From gh", headRefName: "agents/gh", author: { login: "ada" }, additions: 2 };
    const fields = ["--json", "number,title,headRefName,author,additions"];
    expect(JSON.parse(await done("pr", "list", ...fields))).toMatchObject([shown]);
    expect(JSON.parse(await done("pr", "view", ...fields))).toMatchObject(shown);
    expect(await done("pr", "list")).toMatch(/^1\tFrom gh\tagents\/gh\tOPEN\t/);
    expect(await done("pr", "view", "1")).toMatch(/author:\tada\n.*With a pass/s);
    const again = await gh(["pr", "create", "--title", "Once more", "--body", ""]);
    expect(again).toMatchObject({ status: 1, err: expect.stringContaining(`already exists:\n${address}`) });
    await expect
      .poll(async () => {
        const { rows } = await stack.database.query({
          text: "SELECT bot_id IS NOT NULL AS by_bot, result, detail FROM audit_events WHERE action = 'api.write'",
          values: [],
        });
        return rows;
      })
      .toEqual([{ by_bot: true, result: "succeeded", detail: { graphql: ["createPullRequest"] } }]);
  });

  test("what the pass is not for fails with onbehalf's sentence", async () => {
    const elsewhere = await gh(["api", "repos/acme/secret"]);
    expect(elsewhere).toMatchObject({ status: 1, err: expect.stringMatching(/This pass is not for .*HTTP 403/) });
    const reading = await passFor({ capabilities: ["api:read"] });
    const fields = ["title=A", "head=agents/gh", "base=main"].flatMap((field) => ["-f", field]);
    const opened = await gh(["api", "repos/acme/site/pulls", ...fields], reading);
    expect(opened).toMatchObject({ status: 1, err: expect.stringMatching(/pull-request.*HTTP 403/) });
    const hidden = await gh(["repo", "view", "acme/secret"]);
    expect(hidden).toMatchObject({ status: 1, err: expect.stringContaining("Could not resolve to a Repository") });
  });
});
