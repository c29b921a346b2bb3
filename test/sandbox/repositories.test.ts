import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { authorize } from "./authorize.ts";
import { call, commit } from "./call.ts";

let sandbox: Sandbox;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  sandbox = await startSandbox();
  for (const login of ["ada", "grace", "linus", "mallory"])
    tokens[login] = (await authorize(sandbox, login)).access_token;
});
afterAll(() => sandbox.close());

const as = (login: string, method: string, path: string, body?: object) =>
  call(sandbox, method, path, { ...(tokens[login] ? { token: tokens[login] } : {}), ...(body ? { body } : {}) });

describe("people", () => {
  test("a public e-mail is shown, a private one is null", async () => {
    expect((await as("ada", "GET", "/user")).body).toMatchObject({
      id: 583231,
      login: "ada",
      email: "ada@example.com",
    });
    expect((await as("grace", "GET", "/user")).body).toMatchObject({ name: "Grace Hopper", email: null });
    expect((await as("grace", "GET", "/users/ada")).body.avatar_url).toContain("/avatars/583231.svg");
  });

  test("memberships are the members' only", async () => {
    expect((await as("ada", "GET", "/user/memberships/orgs/acme")).body).toMatchObject({
      role: "admin",
      state: "active",
    });
    expect((await as("mallory", "GET", "/user/memberships/orgs/acme")).status).toBe(404);
  });

  test("bad credentials are a 401 in GitHub's words, with a request id", async () => {
    const { status, body, headers } = await call(sandbox, "GET", "/user", { token: "ghu_bad" });
    expect(status).toBe(401);
    expect(body).toEqual({ message: "Bad credentials", documentation_url: expect.any(String), status: "401" });
    expect(headers.get("x-github-request-id")).toBeTruthy();
    expect(headers.get("x-ratelimit-limit")).toBe("5000");
    expect((await call(sandbox, "GET", "/user")).body.message).toBe("Requires authentication");
  });

  test("a suspended person gets a 403 and comes back", async () => {
    sandbox.updatePerson("linus", { suspended: true });
    const refused = await as("linus", "GET", "/user");
    sandbox.updatePerson("linus", { suspended: false });
    expect(refused).toMatchObject({ status: 403, body: { message: "Sorry. Your account was suspended." } });
    expect((await as("linus", "GET", "/user")).status).toBe(200);
  });

  test("a rename keeps the id and the token", async () => {
    sandbox.addPerson({ login: "before", name: null, email: "b@example.com", emailPrivate: true });
    const { access_token: token } = await authorize(sandbox, "before");
    const { id } = (await call(sandbox, "GET", "/user", { token })).body;
    sandbox.updatePerson("before", { login: "after" });
    expect((await call(sandbox, "GET", "/user", { token })).body).toMatchObject({ id, login: "after" });
    await sandbox.addRepository("after/diary", { files: { a: "1" } });
    sandbox.setInstallation("after", "all");
    const wish = { repository: "after/diary" };
    const made = (await commit(sandbox, token, wish)).body.data.createCommitOnBranch.commit;
    sandbox.updatePerson("after", { login: "later" });
    const later = await call(sandbox, "GET", `/repos/later/diary/commits/${made.oid}`, { token });
    expect(later.body).toMatchObject({
      commit: { author: { email: made.author.email } },
      author: { id, login: "later" },
    });
  });
});

describe("seeing repositories", () => {
  test("permissions are the person's", async () => {
    const seen = async (login: string) => (await as(login, "GET", "/repos/acme/site")).body.permissions;
    expect(await seen("ada")).toMatchObject({ admin: true, push: true });
    expect(await seen("grace")).toMatchObject({ admin: false, push: true });
    expect(await seen("linus")).toMatchObject({ push: false, pull: true });
  });

  test("a private repository is a 404 to outsiders, to nobody, and where the app is not installed", async () => {
    expect((await as("grace", "GET", "/repos/acme/secret")).status).toBe(200);
    expect((await as("mallory", "GET", "/repos/acme/secret")).body.message).toBe("Not Found");
    expect((await as("nobody", "GET", "/repos/acme/secret")).status).toBe(404);
    await sandbox.addRepository("mallory/own", { private: true, files: { a: "1" } });
    expect((await as("mallory", "GET", "/repos/mallory/own")).status).toBe(404);
    sandbox.setInstallation("mallory", "all");
    expect((await as("mallory", "GET", "/repos/mallory/own")).status).toBe(200);
  });

  test("branches and commits", async () => {
    const sha = sandbox.repository("acme/site").head();
    expect((await as("ada", "GET", "/repos/acme/site/branches/main")).body).toMatchObject({
      commit: { sha },
      protected: false,
    });
    expect((await as("ada", "GET", "/repos/acme/site/branches/none")).status).toBe(404);
    expect((await as("ada", "GET", "/repos/acme/site/commits/main")).body.sha).toBe(sha);
    expect((await as("ada", "GET", `/repos/acme/site/git/commits/${sha}`)).body.verification.reason).toBe("unsigned");
  });

  test("single sign-on: 403 with the address, until it is passed", async () => {
    sandbox.switches.samlOrganizations = ["acme"];
    const refused = await as("ada", "GET", "/repos/acme/site");
    expect(refused.status).toBe(403);
    const url = /^required; url=(\S+)$/.exec(refused.headers.get("x-github-sso") ?? "")?.[1] ?? "";
    await fetch(url, { method: "POST", redirect: "manual" });
    expect((await as("ada", "GET", "/repos/acme/site")).status).toBe(200);
  });

  test("after too many bad credentials good ones get a 403", async () => {
    sandbox.switches.badCredentialsLockout = 3;
    for (let tried = 0; tried < 3; tried += 1) await call(sandbox, "GET", "/user", { token: "ghu_bad" });
    expect((await as("ada", "GET", "/user")).status).toBe(403);
    sandbox.faults.clear();
    expect((await as("ada", "GET", "/user")).status).toBe(200);
    sandbox.switches.badCredentialsLockout = 0;
  });
});

describe("refs", () => {
  const refs = "/repos/acme/site/git/refs";

  test("are made, moved forwards only, and deleted", async () => {
    const first = sandbox.repository("acme/site").head();
    const made = await as("grace", "POST", refs, { ref: "refs/heads/feature/one", sha: first });
    expect(made).toMatchObject({
      status: 201,
      body: { ref: "refs/heads/feature/one", object: { type: "commit", sha: first } },
    });
    expect((await as("grace", "POST", refs, { ref: "refs/heads/feature/one", sha: first })).body.message).toBe(
      "Reference already exists",
    );
    const file = { message: "On a branch", content: "YQ==", branch: "feature/one" };
    const put = await as("grace", "PUT", "/repos/acme/site/contents/one.txt", file);
    const back = await as("grace", "PATCH", `${refs}/heads/feature/one`, { sha: first });
    expect(back).toMatchObject({ status: 422, body: { message: "Update is not a fast forward" } });
    const found = await as("grace", "GET", "/repos/acme/site/git/matching-refs/heads/feature");
    expect(found.body.map((ref: { object: { sha: string } }) => ref.object.sha)).toEqual([put.body.commit.sha]);
    expect((await as("grace", "PATCH", `${refs}/heads/feature/one`, { sha: first, force: true })).status).toBe(200);
    expect((await as("grace", "DELETE", `${refs}/heads/feature/one`)).status).toBe(204);
    expect((await as("grace", "DELETE", `${refs}/heads/feature/one`)).status).toBe(422);
    expect((await as("grace", "GET", "/repos/acme/site/git/ref/heads/feature/one")).status).toBe(404);
  });

  test.each([
    "refs/heads/a..b",
    "refs/heads/-x/../y",
    "heads/x",
    "refs/heads/a b",
    "refs/heads/x.lock",
    "--upload-pack=x",
  ])("%s is no ref", async (ref) => {
    const answer = await as("ada", "POST", refs, { ref, sha: sandbox.repository("acme/site").head() });
    expect(answer.status).toBe(422);
  });

  test("an unknown object is refused", async () => {
    expect((await as("ada", "POST", refs, { ref: "refs/heads/x", sha: "0".repeat(40) })).status).toBe(422);
  });
});

describe("writing", () => {
  const change = { message: "Change", content: Buffer.from("new\n").toString("base64") };

  test.each([
    [true, 404],
    [false, 403],
  ])("without push access, not found: %s", async (isNotFound, status) => {
    sandbox.switches.writeWithoutAccessIsNotFound = isNotFound;
    expect((await as("linus", "PUT", "/repos/acme/site/contents/x", change)).status).toBe(status);
    sandbox.switches.writeWithoutAccessIsNotFound = true;
  });

  test("without an installation, or in an archived repository", async () => {
    await sandbox.addRepository("linus/public", { files: { a: "1" } });
    expect((await as("linus", "PUT", "/repos/linus/public/contents/x", change)).body.message).toBe(
      "Resource not accessible by integration",
    );
    sandbox.updateRepository("ada/notes", { archived: true });
    expect((await as("ada", "PUT", "/repos/ada/notes/contents/x", change)).body.message).toBe(
      "Repository was archived so is read-only.",
    );
    sandbox.updateRepository("ada/notes", { archived: false });
  });

  test("a file is made, changed with its sha only, and deleted", async () => {
    const path = "/repos/acme/site/contents/docs/page.md";
    const made = await as("ada", "PUT", path, change);
    expect(made).toMatchObject({ status: 201, body: { content: { path: "docs/page.md" } } });
    expect((await as("ada", "PUT", path, change)).status).toBe(422);
    expect((await as("ada", "PUT", path, { ...change, sha: "0".repeat(40) })).status).toBe(409);
    const { sha } = made.body.content;
    const changed = await as("ada", "PUT", path, { ...change, content: "Yg==", sha });
    expect(changed.status).toBe(200);
    expect((await as("ada", "DELETE", path, { message: "Gone", sha: changed.body.content.sha })).status).toBe(200);
    expect((await as("ada", "GET", path)).status).toBe(404);
  });

  test.each([true, false])("GitHub signs what the contents API commits for a person: %s", async (signs) => {
    sandbox.switches.contentsCommitsSigned = signs;
    const { body } = await as("ada", "PUT", `/repos/acme/site/contents/signed-${signs}`, change);
    expect(body.commit.verification.verified).toBe(signs);
    expect(body.commit.committer.email).toBe(signs ? "noreply@github.com" : "ada@example.com");
    sandbox.switches.contentsCommitsSigned = true;
  });

  test("git data: blob, tree with modes and a deletion, an unsigned commit, a ref", async () => {
    await sandbox.addRepository("acme/data", { files: { "keep.txt": "k", "old.txt": "o" } });
    const base = "/repos/acme/data/git";
    const head = sandbox.repository("acme/data").head();
    const blob = await as("grace", "POST", `${base}/blobs`, { content: "IyEvYmluL3NoCg==", encoding: "base64" });
    const tree = await as("grace", "POST", `${base}/trees`, {
      base_tree: head,
      tree: [
        { path: "bin/run", mode: "100755", type: "blob", sha: blob.body.sha },
        { path: "link", mode: "120000", type: "blob", content: "keep.txt" },
        { path: "old.txt", mode: "100644", type: "blob", sha: null },
      ],
    });
    expect(tree.status).toBe(201);
    const all = await as("grace", "GET", `${base}/trees/${tree.body.sha}?recursive=1`);
    expect(all.body.tree.map((entry: { path: string; mode: string }) => `${entry.mode} ${entry.path}`)).toEqual([
      "040000 bin",
      "100755 bin/run",
      "100644 keep.txt",
      "120000 link",
    ]);
    const made = await as("grace", "POST", `${base}/commits`, {
      message: "Data",
      tree: tree.body.sha,
      parents: [head],
    });
    expect(made.body).toMatchObject({
      author: { name: "Grace Hopper", email: "4712036+grace@users.noreply.github.com" },
      committer: { name: "Grace Hopper" },
      verification: { verified: false, reason: "unsigned" },
    });
    const moved = await as("grace", "PATCH", `${base}/refs/heads/main`, { sha: made.body.sha });
    expect(moved.status).toBe(200);
    expect(sandbox.repository("acme/data").head()).toBe(made.body.sha);
  });
});

describe("pull requests", () => {
  test("are opened once between branches that differ", async () => {
    await sandbox.addRepository("acme/pulls", { files: { a: "1" } });
    const pulls = "/repos/acme/pulls/pulls";
    const sha = sandbox.repository("acme/pulls").head();
    await as("grace", "POST", "/repos/acme/pulls/git/refs", { ref: "refs/heads/topic", sha });
    const wish = { title: "Topic", head: "topic", base: "main" };
    expect((await as("grace", "POST", pulls, wish)).body.errors[0].message).toBe("No commits between main and topic");
    const file = { message: "More", content: "YQ==", branch: "topic" };
    const put = await as("grace", "PUT", "/repos/acme/pulls/contents/more", file);
    const made = await as("grace", "POST", pulls, wish);
    expect(made).toMatchObject({
      status: 201,
      body: { number: 1, state: "open", user: { login: "grace" }, head: { ref: "topic", sha: put.body.commit.sha } },
    });
    expect((await as("grace", "POST", pulls, wish)).status).toBe(422);
    expect((await as("linus", "GET", `${pulls}?head=acme:topic`)).body).toHaveLength(1);
    expect((await as("linus", "GET", `${pulls}/1`)).body.title).toBe("Topic");
    expect((await as("linus", "POST", pulls, { ...wish, title: "x" })).status).toBe(404);
  });
});

describe("the other layout", () => {
  test("REST can live at the root, with GraphQL beside it", async () => {
    const other = await startSandbox({ apiPath: "" });
    try {
      const { access_token: token } = await authorize(other, "ada");
      expect(other.apiUrl).toBe(other.webUrl);
      expect((await call(other, "GET", "/user", { token })).body.login).toBe("ada");
      expect((await call(other, "POST", "/graphql", { token, body: { query: "{ viewer { login } }" } })).body).toEqual({
        data: { viewer: { login: "ada" } },
      });
    } finally {
      await other.close();
    }
  });
});
