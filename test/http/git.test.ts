import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { request as connect } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { flush, pktLine } from "../../src/git/pkt-lines.ts";
import { type Alternating, alternate } from "../harness/alternate.ts";
import { allHandled } from "../harness/deliveries.ts";
import { type GitClient, gitClient } from "../harness/git-client.ts";
import { refs, sent } from "../harness/history.ts";
import { useStack } from "../harness/use-stack.ts";

const ada = "gh.583231";
const zeros = "0".repeat(40);
const stack = useStack();
let key: string;
let balancer: Alternating;
let pass: string;
let client: GitClient;
let remote: string;

beforeAll(async () => {
  await stack.connect("ada");
  key = (await stack.bot("deploy-bot")).key;
  await stack.delegate(ada, "deploy-bot", ["acme/*", "ada/*"], ["*"], ["commit", "push", "api:read", "workflows"]);
  balancer = await alternate([stack.url, (await stack.replica()).url]);
  pass = (await passFor({ branches: ["agents/*", "refs/tags/v*"] })).pass;
  client = await gitClient(pass);
  remote = `${balancer.url}/acme/site.git`;
  await client.done(["clone", "--quiet", remote, "site"]);
});
afterEach(() => {
  balancer.before = () => undefined;
  stack.sandbox.faults.clear();
});
afterAll(async () => {
  await client.remove();
  await balancer.close();
});

async function passFor(change: Record<string, unknown> = {}): Promise<{ id: string; pass: string }> {
  const wish = { user: ada, repositories: ["acme/site"], capabilities: ["push"], expires_in: 3600, ...change };
  const answer = await stack.call("POST", "/api/v1/passes", { key, body: wish });
  expect(answer).toMatchObject({ status: 201 });
  return { id: String(answer.body.id), pass: String(answer.body.pass) };
}

/** What the audit log has of pushes since, oldest first. */
async function pushesSince(count: number): Promise<Record<string, unknown>[]> {
  const { rows } = await stack.database.query({
    text: `SELECT result, code, branch, detail FROM audit_events WHERE action = 'git.push' ORDER BY id OFFSET $1`,
    values: [count],
  });
  return rows;
}
const pushes = async () => (await pushesSince(0)).length;
const packsAt = (from: number) =>
  stack.sandbox.requests.slice(from).filter(({ path }) => path.endsWith("/git-receive-pack")).length;

/** The arguments and the environment of every process of this machine that can be looked at. */
async function processesNow(): Promise<string> {
  const texts: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    // One may have ended meanwhile.
    for (const part of ["cmdline", "environ"])
      texts.push(await readFile(`/proc/${pid}/${part}`, "latin1").catch(() => ""));
  }
  return texts.join("\n").replaceAll("\0", " ");
}

/** A push that git would not make. */
async function rawPush(
  body: Buffer | string,
  headers: Record<string, string> = {},
  as = pass,
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(`${stack.url}/acme/site.git/git-receive-pack`, {
    method: "POST",
    headers: {
      authorization: `Basic ${Buffer.from(`x:${as}`).toString("base64")}`,
      "content-type": "application/x-git-receive-pack-request",
      ...headers,
    },
    body: new Uint8Array(Buffer.from(body)),
    ...(signal ? { signal } : {}),
  });
}

describe("git with a pass", () => {
  test("clones, commits and pushes as the person, on any replica, and the audit log has it", async () => {
    const before = await pushes();
    const oid = await client.commit("site", "a.txt", "a");
    await client.done(["tag", "-a", "v1", "-m", "One"], { in: "site" });
    const { status, err } = await client.git(["push", "origin", "HEAD:refs/heads/agents/a", "v1"], { in: "site" });
    expect({ status, err }).toEqual({ status: 0, err: expect.stringContaining("[new branch]") });
    expect(refs(stack, "acme/site")).toContain(`${oid} refs/heads/agents/a`);
    expect(stack.sandbox.requests.at(-1)).toMatchObject({ path: "/acme/site.git/git-receive-pack", as: "ada" });
    const tag = await client.done(["rev-parse", "v1"], { in: "site" });
    expect(await pushesSince(before)).toEqual([
      {
        result: "succeeded",
        code: null,
        branch: "agents/a",
        detail: { ref: "refs/heads/agents/a", from: zeros, to: oid },
      },
      { result: "succeeded", code: null, branch: null, detail: { ref: "refs/tags/v1", from: zeros, to: tag } },
    ]);
    const read = () =>
      stack.database.query({
        text: `SELECT DISTINCT detail FROM audit_events WHERE action = 'git.fetch' AND repository = 'acme/site'
          AND result = 'succeeded' AND attribution = 'user' AND pass_id IS NOT NULL`,
        values: [],
      });
    await expect
      .poll(async () => (await read()).rows.map(({ detail }) => detail))
      .toEqual(
        expect.arrayContaining([
          { service: "git-upload-pack", request: "info/refs" },
          { service: "git-upload-pack", request: "pack" },
          { service: "git-receive-pack", request: "info/refs" },
        ]),
      );
  });

  test("deletes and forces what it may; that GitHub calls it forced is in the audit log", async () => {
    const first = await client.commit("site", "b.txt", "b");
    await client.done(["push", "--quiet", "origin", "HEAD:refs/heads/agents/b"], { in: "site" });
    await client.done(["commit", "--quiet", "--amend", "-m", "Anew"], { in: "site" });
    const second = await client.done(["rev-parse", "HEAD"], { in: "site" });
    const before = await pushes();
    await client.done(["push", "--quiet", "--force", "origin", "HEAD:refs/heads/agents/b"], { in: "site" });
    await client.done(["push", "--quiet", "origin", ":refs/heads/agents/b"], { in: "site" });
    await allHandled(stack);
    const ref = "refs/heads/agents/b";
    expect(await pushesSince(before)).toMatchObject([
      { result: "succeeded", detail: { ref, from: first, to: second, forced: true } },
      { result: "succeeded", detail: { ref, from: second, to: zeros } },
    ]);
    // Once more, and of what was never pushed here.
    const repository = { full_name: "Acme/site" };
    await stack.sandbox.deliver("push", { ref, before: first, after: second, forced: true, repository });
    await stack.sandbox.deliver("push", { ref, before: second, after: first, forced: true, repository });
    await allHandled(stack);
    const forced = (await pushesSince(0)).filter(({ detail }) => Object(detail).forced === true);
    expect(forced).toHaveLength(1);
  });

  test.each<[string, string[], string]>([
    ["another branch", ["HEAD:main"], "refs/heads/main: this pass is for other branches: agents/*, refs/tags/v*."],
    ["the deletion of another branch", [":main"], "refs/heads/main: this pass is for other branches"],
    ["another tag", ["HEAD:refs/tags/release"], "refs/tags/release: this pass is for other branches"],
    ["what is neither", ["HEAD:refs/notes/commits"], "refs/notes/commits: this pass is for other branches"],
    ["a branch named as a tag of its own", ["HEAD:refs/heads/refs/tags/v1"], "refs/heads/refs/tags/v1: this pass"],
    ["one such branch among others", ["HEAD:refs/heads/agents/c", "HEAD:main"], "refs/heads/main: this pass is for"],
    ["a name like an option", ["HEAD:refs/heads/-x"], '"refs/heads/-x" is no name of a ref that is taken here'],
  ])("is told why it can't push %s, and nothing is sent on", async (_what, refspecs, sentence) => {
    const before = { refs: refs(stack, "acme/site"), events: await pushes(), sent: sent(stack) };
    const { status, err } = await client.git(["push", "origin", ...refspecs], { in: "site" });
    expect(status).not.toBe(0);
    expect(err).toContain(
      `remote: onbehalf: ${sentence.startsWith('"') ? "This push can't be taken: " : ""}${sentence}`,
    );
    expect({ refs: refs(stack, "acme/site"), events: await pushes() }).toEqual({
      refs: before.refs,
      events: before.events,
    });
    expect(packsAt(before.sent)).toBe(0);
  });

  test("is told of each ref why, as git shows it", async () => {
    const { err } = await client.git(["push", "origin", "HEAD:refs/heads/agents/c", "HEAD:main"], { in: "site" });
    expect(err).toContain("[remote rejected] HEAD -> main (onbehalf: pass_scope)");
    expect(err).toContain("HEAD -> agents/c (onbehalf: nothing was pushed, since other refs were refused)");
  });

  test("is told where the person can allow it", async () => {
    await stack.delegate(ada, "deploy-bot", ["ada/notes"], ["agents/*"], ["push"]);
    const other = await stack.bot("narrow-bot");
    await stack.delegate(ada, "narrow-bot", ["ada/notes"], ["agents/*"], ["push"]);
    const made = await stack.call("POST", "/api/v1/passes", {
      key: other.key,
      body: { user: ada, repositories: ["ada/notes"], capabilities: ["push"], expires_in: 600 },
    });
    const options = { in: "notes", pass: String(made.body.pass) };
    await client.done(["clone", "--quiet", `${balancer.url}/ada/notes`, "notes"], { pass: options.pass });
    const { err } = await client.git(["push", "origin", "HEAD:refs/heads/other"], options);
    expect(err).toContain('remote: onbehalf: The person has not let "narrow-bot" push to ada/notes, branch "other".');
    expect(err).toContain(
      `${stack.url}/permissions?bot=narrow-bot&capability=push&repository=ada%2Fnotes&branch=other`,
    );
  });

  test("clones in part: shallow, and without blobs; and pushes from there", async () => {
    await client.done(["clone", "--quiet", "--depth", "1", remote, "shallow"]);
    expect(await client.done(["rev-parse", "--is-shallow-repository"], { in: "shallow" })).toBe("true");
    const oid = await client.commit("shallow", "s.txt", "s");
    await client.done(["push", "--quiet", "origin", "HEAD:refs/heads/agents/shallow"], { in: "shallow" });
    expect(refs(stack, "acme/site")).toContain(`${oid} refs/heads/agents/shallow`);
    await client.done(["fetch", "--quiet", "--unshallow"], { in: "shallow" });

    await client.done(["clone", "--quiet", "--no-checkout", "--filter=blob:none", remote, "partial"]);
    const missing = await client.done(["rev-list", "--objects", "--all", "--missing=print"], { in: "partial" });
    expect(missing).toMatch(/^\?/m);
    await client.done(["checkout", "--quiet", "main"], { in: "partial" });
    expect(await readFile(join(client.folder, "partial/README.md"), "utf8")).toContain("# Acme");
  });

  test.each(["0", "1", "2"])("speaks protocol %s", async (version) => {
    const listed = await client.done(["-c", `protocol.version=${version}`, "ls-remote", remote]);
    expect(listed).toContain("refs/heads/main");
    await client.done(
      ["-c", `protocol.version=${version}`, "push", "--quiet", remote, `HEAD:refs/heads/agents/p${version}`],
      {
        in: "site",
      },
    );
  });

  test("pushes what is large in chunks after a probe, or is told why not", async () => {
    const oid = await client.commit("site", "large.bin", randomBytes(5 * 1024 * 1024));
    const before = sent(stack);
    const chunked = ["-c", "http.postBuffer=65536", "push", "--quiet", "origin"];
    await client.done([...chunked, "HEAD:refs/heads/agents/large"], { in: "site" });
    expect(refs(stack, "acme/site")).toContain(`${oid} refs/heads/agents/large`);
    expect(packsAt(before)).toBe(2);
    const { err } = await client.git([...chunked, "HEAD:main"], { in: "site" });
    expect(err).toContain("remote: onbehalf: refs/heads/main: this pass is for other branches");
    const waiting = ["-c", "http.extraHeader=Expect: 100-continue", "push", "--quiet", "origin"];
    await client.done([...waiting, "HEAD:refs/heads/agents/waited"], { in: "site" });
    await client.done(["reset", "--quiet", "--hard", "HEAD~1"], { in: "site" });
  });

  test("leaves no token of the person's in any process's arguments or environment while it pushes", async () => {
    const seen: string[] = [];
    stack.sandbox.faults.add({ match: { method: "POST", path: "/acme/site.git/git-receive-pack" }, delayMs: 50 });
    balancer.before = async ({ method }) => {
      if (method === "POST") seen.push(await processesNow());
    };
    await client.done(["push", "--quiet", "origin", "HEAD:refs/heads/agents/quiet"], { in: "site" });
    expect(seen.join()).toContain("git-remote-http");
    expect(stack.sandbox.issuedTokens().filter((token) => seen.join().includes(token))).toEqual([]);
    expect(seen.join().replaceAll(/PASS=obp_\S+/g, "")).not.toContain(pass);
  });

  test("is told what GitHub reports, and the audit log, too", async () => {
    stack.sandbox.updateRepository("acme/site", { protectedBranches: ["agents/protected"] });
    const before = await pushes();
    const { err } = await client.git(["push", "origin", "HEAD:refs/heads/agents/protected"], { in: "site" });
    stack.sandbox.updateRepository("acme/site", { protectedBranches: [] });
    expect(err).toContain("remote: error: GH006: Protected branch update failed");
    expect(await pushesSince(before)).toMatchObject([
      { result: "failed", code: "refused", detail: { reason: "pre-receive hook declined" } },
    ]);
  });

  test.each<[string, { respond?: { status: number; body: string }; dropBefore?: boolean }, string, string]>([
    ["is down", { respond: { status: 502, body: "<html>Unicorn!</html>" } }, "GitHub refused with 502.", "http_502"],
    ["says no", { respond: { status: 403, body: "No more." } }, "GitHub refused with 403: No more.", "http_403"],
    ["is cut off", { dropBefore: true }, "GitHub can't be reached just now.", "provider_unavailable"],
  ])("is told when GitHub %s", async (_what, fault, sentence, code) => {
    const before = await pushes();
    stack.sandbox.faults.add({ match: { method: "POST", path: "/acme/site.git/git-receive-pack" }, ...fault });
    const { status, err } = await client.git(["push", "origin", "HEAD:refs/heads/agents/never"], { in: "site" });
    expect(status).toBe(1);
    expect(err).toContain(`remote: onbehalf: ${sentence}`);
    expect(await pushesSince(before)).toMatchObject([{ result: "failed", code }]);
  });

  test("changes workflows only where it may, and GitHub sees to that", async () => {
    await client.done(["checkout", "--quiet", "-B", "ci", "origin/main"], { in: "site" });
    await client.done(["config", "core.quotePath", "false"], { in: "site" });
    const path = ".github/workflows";
    await mkdir(join(client.folder, "site", path), { recursive: true });
    await client.commit("site", `${path}/ci.yml`, "on: push\n");
    const before = await pushes();
    const { err } = await client.git(["push", "origin", "HEAD:refs/heads/agents/ci"], { in: "site" });
    expect(err).toMatch(/remote: refusing to allow .* without `workflows` permission/);
    expect(await pushesSince(before)).toMatchObject([{ result: "failed" }]);
    const wide = await passFor({ capabilities: ["push", "workflows"] });
    await client.done(["push", "--quiet", "origin", "HEAD:refs/heads/agents/ci"], { in: "site", pass: wide.pass });
    await client.done(["checkout", "--quiet", "main"], { in: "site" });
  });

  test("is refused from the moment on at which its pass was ended, between two requests of one push, too", async () => {
    const short = await passFor();
    const end = async () => {
      balancer.before = () => undefined;
      expect((await stack.call("DELETE", `/api/v1/passes/${short.id}`, { key })).status).toBe(204);
    };
    balancer.before = ({ method }) => (method === "POST" ? end() : undefined);
    const before = sent(stack);
    const { err } = await client.git(["push", "origin", "HEAD:refs/heads/agents/ended"], {
      in: "site",
      pass: short.pass,
    });
    expect(err).toContain("remote: onbehalf: This pass has ended.");
    expect(packsAt(before)).toBe(0);

    const again = await passFor();
    balancer.before = async ({ method }) => {
      if (method === "POST") await stack.call("DELETE", `/api/v1/passes/${again.id}`, { key });
    };
    const fetched = await client.git(["fetch", remote], { in: "site", pass: again.pass });
    expect(fetched.err).toContain("fatal: remote error: onbehalf: This pass has ended.");
    const asked = await client.git(["ls-remote", remote], { pass: again.pass });
    expect(asked.err).toContain("remote: onbehalf: This pass has ended.");
    expect(asked.err).toContain("403");
  });

  test.each<[string, () => Promise<string>, string, string[]]>([
    [
      "a pass without capability to push",
      async () => (await passFor({ capabilities: ["api:read"] })).pass,
      'lacks the capability "push"',
      ["push", "origin", "HEAD:refs/heads/agents/x"],
    ],
    [
      "a pass for certain paths",
      async () => (await passFor({ paths: ["docs/*"] })).pass,
      "which paths a push changes can't be told",
      ["push", "origin", "HEAD:refs/heads/agents/x"],
    ],
    [
      "a pass that neither reads nor pushes",
      async () => (await passFor({ capabilities: ["commit"] })).pass,
      'lacks the capability "api:read" or "push"',
      ["fetch", "origin"],
    ],
    [
      "a pass for another repository",
      async () => (await passFor({ repositories: ["ada/notes"] })).pass,
      "This pass is not for acme/site.",
      ["fetch", "origin"],
    ],
    ["a bot's long-lived key", async () => key, "A bot's key names nobody: use a pass", ["fetch", "origin"]],
  ])("is refused with %s, and nothing is sent", async (_what, credential, sentence, args) => {
    const used = await credential();
    const before = sent(stack);
    const { status, err } = await client.git(args, { in: "site", pass: used });
    expect(status).toBe(128);
    expect(err).toContain("remote: onbehalf: ");
    expect(err).toContain(sentence);
    expect(sent(stack)).toBe(before);
  });

  test("only reads with a pass that reads", async () => {
    const reader = await passFor({ capabilities: ["api:read"] });
    await client.done(["fetch", "--quiet", "origin"], { in: "site", pass: reader.pass });
  });

  test("takes a bot's key only where that was configured, and only for a person who is named", async () => {
    const named = ["-c", `http.extraHeader=X-On-Behalf-Of: ${ada}`];
    const refused = await client.git([...named, "ls-remote", remote], { pass: key });
    expect(refused.err).toContain("Git needs a pass");
    const other = await stack.replica({ BOT_KEYS_ON_LOOK_ALIKE: "true" });
    const there = `${other.url}/acme/site.git`;
    expect(await client.done([...named, "ls-remote", there], { pass: key })).toContain("refs/heads/main");
    const push = [...named, "push", "--quiet", there, "origin/main:refs/heads/agents/key"];
    await client.done(push, { in: "site", pass: key });
    expect(refs(stack, "acme/site")).toContain("refs/heads/agents/key");
  });

  test("is asked for credentials as often as it likes, and told when they are wrong", async () => {
    for (let count = 0; count < 65; count++) {
      const asked = await fetch(`${stack.url}/acme/site.git/info/refs?service=git-upload-pack`);
      expect([asked.status, asked.headers.get("www-authenticate")]).toEqual([
        401,
        'Basic realm="onbehalf", charset="UTF-8"',
      ]);
    }
    const { err } = await client.git(["ls-remote", remote], { pass: `obp_${"a".repeat(43)}` });
    expect(err).toContain("Authentication failed");
  });

  test("sends no body for a pass that nobody made: it is told before anything is read", async () => {
    const address = new URL(`${stack.url}/acme/site.git/git-receive-pack`);
    const headers = { authorization: `token obp_${"a".repeat(43)}`, "transfer-encoding": "chunked" };
    const request = connect(address, { method: "POST", headers });
    const answered = new Promise<number | undefined>((resolve, reject) => {
      request.on("response", (answer) => resolve(answer.statusCode));
      request.on("error", reject);
    });
    request.write("00");
    expect(await answered).toBe(401);
    request.destroy();
  });

  test("leads nowhere when the repository has another name by now, or another one its name", async () => {
    await stack.sandbox.addRepository("acme/moving", { files: { a: "a" } });
    const moving = await passFor({ repositories: ["acme/moving"] });
    const there = `${balancer.url}/acme/moving.git`;
    await client.done(["clone", "--quiet", there, "moving"], { pass: moving.pass });
    stack.sandbox.renameRepository("acme/moving", "acme/moved");
    const options = { in: "moving", pass: moving.pass };
    for (const args of [
      ["fetch", there],
      ["push", there, "HEAD:refs/heads/agents/x"],
    ]) {
      const { status, err } = await client.git(args, options);
      expect(status).not.toBe(0);
      // That a name was right is believed for a minute, for reading what refs there are.
      expect(err).toMatch(/remote: (Repository not found|onbehalf: acme\/moving is not the repository any more)/);
    }
    await stack.sandbox.addRepository("acme/moving", { files: { b: "b" } });
    const { err } = await client.git(["push", "--force", there, "HEAD:refs/heads/agents/x"], options);
    expect(err).toContain("is not the repository any more that this pass was made for");
  });
});

describe("a push that no git makes", () => {
  const create = (ref: string, more = "") =>
    pktLine(`${zeros} ${"1".repeat(40)} ${ref}\0report-status side-band-64k${more}`);

  test.each<[string, () => Buffer, string]>([
    ["a signed one", () => pktLine("push-cert\0report-status"), "push without --signed"],
    ["one with a line that is not known", () => pktLine("delete everything"), "a line that is not known here"],
    ["a ref that is an option", () => create("--upload-pack=touch /tmp/x"), "no name of a ref"],
    ["a capability that is not known", () => create("refs/heads/agents/x", " push-cert=1"), "push-cert=1"],
    [
      "one without a report",
      () => pktLine(`${zeros} ${"1".repeat(40)} refs/heads/agents/x\0side-band-64k`),
      "no report",
    ],
  ])("is refused: %s", async (_what, lines, sentence) => {
    const before = sent(stack);
    const answer = await rawPush(Buffer.concat([lines(), flush, Buffer.from("PACK")]));
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain(sentence);
    expect(sent(stack)).toBe(before);
  });

  test("is checked as well when it is compressed", async () => {
    const before = sent(stack);
    const body = Buffer.concat([create("refs/heads/main"), flush, Buffer.from("PACK")]);
    const answer = await rawPush(gzipSync(body), { "content-encoding": "gzip" });
    expect(await answer.text()).toContain("this pass is for other branches");
    for (const [broken, encoding] of [
      [gzipSync(body).subarray(0, 20), "gzip"],
      [Buffer.from("no"), "gzip"],
      [body, "br"],
    ] as const) {
      const refused = await rawPush(broken, { "content-encoding": encoding });
      expect(await refused.text()).toContain("(bad_request)");
    }
    expect(sent(stack)).toBe(before);
    const deletion = pktLine(`${"1".repeat(40)} ${zeros} refs/heads/agents/gone\0report-status`);
    const passed = await rawPush(gzipSync(Buffer.concat([deletion, flush])), { "content-encoding": "gzip" });
    expect(await passed.text()).toContain("refs/heads/agents/gone");
    expect(packsAt(before)).toBe(1);
  });

  test("whose sender goes once it is sent is in the audit log with its result all the same", async () => {
    const before = await pushes();
    const head = stack.sandbox.repository("acme/site").head("main");
    const empty = Buffer.from("5041434b0000000200000000", "hex");
    const pack = Buffer.concat([empty, createHash("sha1").update(empty).digest()]);
    const command = pktLine(`${zeros} ${head} refs/heads/agents/left\0report-status`);
    stack.sandbox.faults.add({ match: { path: "/acme/site.git/git-receive-pack" }, delayMs: 200 });
    const gone = new AbortController();
    const answer = rawPush(Buffer.concat([command, flush, pack]), {}, pass, gone.signal);
    await expect.poll(pushes).toBe(before + 1);
    gone.abort();
    await expect(answer).rejects.toThrow();
    await expect.poll(() => pushesSince(before)).toMatchObject([{ result: "succeeded", branch: "agents/left" }]);
    expect(refs(stack, "acme/site")).toContain(`${head} refs/heads/agents/left`);
  });

  test("that brings something for no ref is refused", async () => {
    const before = sent(stack);
    expect(await (await rawPush("0000PACK")).text()).toContain("names no ref");
    expect(sent(stack)).toBe(before);
  });
});

test.each([
  "/acme/site.git/../secret.git/info/refs",
  "/acme/%2e%2e/info/refs",
  "/acme/..%2fsecret.git/info/refs",
  "/acme/site.git%2f..%2fsecret.git/info/refs",
  "//acme/site.git/info/refs",
  "/acme//site.git/info/refs",
  "/acme/site.git;x/info/refs",
  "/acme/site%3bx.git/info/refs",
  "/acme/site%00.git/info/refs",
  "/acme/site.git.git/info/refs",
  "/--upload-pack=x/site.git/info/refs",
  "/acme/.git/info/refs",
  "http://evil.example/acme/site.git/info/refs",
])("a path that could mean another place leads nowhere: %s", async (path) => {
  const before = sent(stack);
  const { hostname, port } = new URL(stack.url);
  const authorization = `Basic ${Buffer.from(`x:${pass}`).toString("base64")}`;
  const status = await new Promise<number>((resolve, reject) => {
    const asked = connect(
      { hostname, port, path: `${path}?service=git-upload-pack`, headers: { authorization } },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      },
    );
    asked.on("error", reject).end();
  });
  expect([400, 404]).toContain(status);
  expect(sent(stack)).toBe(before);
});

test("no token of the person's came out, and the pass lies in none of git's files", async () => {
  const answered = Buffer.concat(balancer.answers).toString("latin1");
  const tokens = stack.sandbox.issuedTokens();
  expect(answered.length).toBeGreaterThan(1_000);
  expect(tokens.filter((token) => answered.includes(token))).toEqual([]);
  const files = await readdir(client.folder, { recursive: true, withFileTypes: true });
  for (const file of files.filter((entry) => entry.isFile())) {
    const text = await readFile(join(file.parentPath, file.name), "latin1");
    expect([pass, ...tokens].filter((secret) => text.includes(secret))).toEqual([]);
  }
});
