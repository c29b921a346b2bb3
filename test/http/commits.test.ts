import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { git, graphqlSince, sent } from "../harness/history.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let key: string;

beforeAll(async () => {
  await stack.connect("ada");
  await stack.connect("grace");
  const bot = await stack.bot("deploy-bot");
  key = bot.key;
  await stack.delegate("gh.583231", "deploy-bot", ["acme/*"]);
  await stack.delegate("gh.4712036", "deploy-bot", ["acme/*"]);
});

const blobId = (bytes: Buffer) => createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
const show = (format: string, revision = "main") =>
  git(stack, "acme/site", "log", "-1", `--format=${format}`, revision);

test("a bot commits, and the person is the author and GitHub the committer", async () => {
  const answer = await stack.commit(key, {
    changes: [
      { path: "a.txt", content: "a\n" },
      { path: "docs/b.txt", content_base64: "Ygo=" },
    ],
  });
  expect(answer.body).toMatchObject({
    oid: stack.sandbox.repository("acme/site").head(),
    url: `${stack.sandbox.webUrl}/acme/site/commit/${answer.body.oid}`,
    branch: "main",
    attribution: "user",
    verified: true,
    transport: "graphql",
    author: { login: "ada", name: "Ada Lovelace", email: "ada@example.com" },
  });
  expect(answer.status).toBe(201);
  expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
  expect(show("%H|%an|%ae|%cn|%ce|%s")).toBe(
    `${answer.body.oid}|Ada Lovelace|ada@example.com|GitHub|noreply@github.com|Say hello`,
  );
  expect(git(stack, "acme/site", "show", "main:docs/b.txt")).toBe("b");
});

test("the same content sent again is another commit, which changes nothing", async () => {
  const changes = [{ path: "same.txt", content: "same\n" }];
  const first = await stack.commit(key, { changes });
  const second = await stack.commit(key, { changes });
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(second.body.oid).not.toBe(first.body.oid);
  expect(show("%P|%T")).toBe(`${first.body.oid}|${show("%T", String(first.body.oid))}`);
});

test("who keeps their address private is named by GitHub's noreply address, in commit and answer", async () => {
  const answer = await stack.commit(key, { user: "gh.4712036", changes: [{ path: "grace.txt", content: "g" }] });
  const email = "4712036+grace@users.noreply.github.com";
  expect(answer.body.author).toEqual({ login: "grace", name: "Grace Hopper", email });
  expect(show("%an|%ae|%cn")).toBe(`Grace Hopper|${email}|GitHub`);
});

test("the author is who GitHub says it is, not who was connected", async () => {
  stack.sandbox.updatePerson("grace", { name: "Admiral Hopper", commitEmail: "admiral@example.com" });
  const answer = await stack.commit(key, { user: "gh.4712036", changes: [{ path: "admiral.txt", content: "g" }] });
  expect(answer.body.author).toEqual({ login: "grace", name: "Admiral Hopper", email: "admiral@example.com" });
  expect(show("%an|%ae")).toBe("Admiral Hopper|admiral@example.com");
});

test("with expected_head GitHub is asked once, without it once more", async () => {
  const known = sent(stack);
  const first = await stack.commit(key, {
    expected_head: stack.sandbox.repository("acme/site").head(),
    changes: [{ path: "once.txt", content: "1" }],
  });
  expect(first.status).toBe(201);
  expect(sent(stack) - known).toBe(1);
  expect(graphqlSince(stack, known)).toHaveLength(1);

  const unknown = sent(stack);
  expect((await stack.commit(key, { changes: [{ path: "twice.txt", content: "2" }] })).status).toBe(201);
  expect(sent(stack) - unknown).toBe(2);
  expect(graphqlSince(stack, unknown)).toHaveLength(2);
});

test("text, bytes and empty files arrive as they are, and what goes is gone", async () => {
  const bytes = Buffer.concat([Buffer.from([0, 255, 13, 10, 26]), randomBytes(300_000)]);
  const text = "ümläut 文件 \u{1f600}\r\n\ttab, no newline at the end";
  const written = await stack.commit(key, {
    changes: [
      { path: "kinds/text ü.txt", content: text },
      { path: "kinds/bytes.bin", content_base64: bytes.toString("base64") },
      { path: "kinds/empty.txt", content: "" },
      { path: "kinds/empty.bin", content_base64: "" },
    ],
  });
  expect(written.status).toBe(201);
  const hashOf = (path: string) => git(stack, "acme/site", "rev-parse", `main:${path}`);
  expect(git(stack, "acme/site", "cat-file", "-s", "main:kinds/bytes.bin")).toBe(String(bytes.length));
  expect(hashOf("kinds/bytes.bin")).toBe(blobId(bytes));
  expect(hashOf("kinds/text ü.txt")).toBe(blobId(Buffer.from(text)));
  expect(hashOf("kinds/empty.txt")).toBe(blobId(Buffer.alloc(0)));
  expect(hashOf("kinds/empty.bin")).toBe(blobId(Buffer.alloc(0)));

  const removed = await stack.commit(key, {
    changes: [
      { path: "kinds/text ü.txt", delete: true },
      { path: "kinds/bytes.bin", delete: true },
      { path: "kinds/empty.txt", content: "no more" },
    ],
  });
  expect(removed.status).toBe(201);
  expect(git(stack, "acme/site", "ls-tree", "--name-only", "main", "kinds/")).toBe("kinds/empty.bin\nkinds/empty.txt");
});

test("an executable file stays executable, a new file is a plain one", async () => {
  const source = mkdtempSync(join(tmpdir(), "onbehalf-source-"));
  const local = (...args: string[]) => execFileSync("git", ["-C", source, ...args]);
  local("init", "--quiet", "--initial-branch=main");
  writeFileSync(join(source, "run"), "#!/bin/sh\n", { mode: 0o755 });
  local("add", ".");
  local("-c", "user.name=S", "-c", "user.email=s@example.com", "commit", "--quiet", "-m", "Start");
  await stack.sandbox.addRepository("acme/tools", { from: source });
  rmSync(source, { recursive: true });
  const answer = await stack.commit(key, {
    repository: "acme/tools",
    changes: [
      { path: "run", content: "#!/bin/sh\necho hello\n" },
      { path: "new", content: "#!/bin/sh\n" },
    ],
  });
  expect(answer.status).toBe(201);
  const modes = git(stack, "acme/tools", "ls-tree", "--format=%(objectmode) %(path)", "main");
  expect(modes).toBe("100644 new\n100755 run");
  expect(git(stack, "acme/tools", "show", "main:run")).toBe("#!/bin/sh\necho hello");
});

test("headline and body become the message", async () => {
  await stack.commit(key, {
    message: { headline: 'Explain \u{1f600} "it"', body: "Because of this.\n\n- and that\n" },
    changes: [{ path: "why.txt", content: "why" }],
  });
  expect(show("%s")).toBe('Explain \u{1f600} "it"');
  expect(show("%b").trim()).toBe("Because of this.\n\n- and that");
});

test("a person is named by id, by the platform's id or by GitHub's number", async () => {
  const { rows } = await stack.database.query<{ id: string }>({
    text: `UPDATE users SET external_id = 'staff/ada 1%' WHERE id = (SELECT user_id FROM identities WHERE login = 'ada')
      RETURNING id`,
  });
  const id = rows[0]?.id ?? "";
  for (const user of [id, id.toUpperCase(), "ext.staff%2Fada%201%25", "gh.583231"]) {
    const answer = await stack.commit(key, { user, changes: [{ path: "by-id.txt", content: user }] });
    expect(answer.status).toBe(201);
    expect(answer.body.author).toMatchObject({ login: "ada" });
  }
});

test("a repository's name counts in any case", async () => {
  const answer = await stack.commit(key, {
    repository: "ACME/Site",
    changes: [{ path: "case.txt", content: "case" }],
  });
  expect(answer.status).toBe(201);
  expect(show("%H")).toBe(answer.body.oid);
});

test("git finds the history sound", async () => {
  const head = stack.sandbox.repository("acme/site").head();
  const answer = await stack.commit(key, { changes: [{ path: "deep/er/file", content: "sound" }] });
  expect(show("%H %P")).toBe(`${answer.body.oid} ${head}`);
  expect(git(stack, "acme/site", "fsck", "--strict", "--full", "--no-dangling")).toBe("");
});
