import { connect } from "node:net";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sent, standing } from "../harness/history.ts";
import { expectProblem } from "../harness/problem.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let key: string;
let before: unknown;
let requests: number;
let events: string;

beforeAll(async () => {
  await stack.connect("ada");
  key = (await stack.bot("deploy-bot")).key;
  await stack.delegate("gh.583231", "deploy-bot", ["acme/*"]);
});

/** Everything here is refused before anything is sent or written. */
const countEvents = async () => {
  const { rows } = await stack.database.query<{ count: string }>({ text: "SELECT count(*) FROM audit_events" });
  return rows[0]?.count ?? "";
};
beforeEach(async () => {
  before = await standing(stack);
  requests = sent(stack);
  events = await countEvents();
});
afterEach(async () => {
  expect(sent(stack)).toBe(requests);
  expect(await standing(stack)).toEqual(before);
  expect(await countEvents()).toBe(events);
});

const file = { path: "a", content: "a" };
const head = "ab".repeat(20);

describe("changes", () => {
  test.each([
    ["empty_change", [], /changes nothing/],
    ["invalid_path", [file, { path: "../up", content: "" }], /"\.\.\/up"/],
    ["invalid_path", [{ path: "a/.Git/config", content: "" }], /\.git/],
    ["invalid_path", [{ path: "/etc/passwd", content: "" }], /slash/],
    ["invalid_path", [{ path: "a\\b", content: "" }], /backslash/],
    ["invalid_path", [{ path: "a\u0007b", content: "" }], /control/],
    ["invalid_path", [{ path: "x".repeat(5000), content: "" }], /4096/],
    ["invalid_path", [{ path: "a\ud800", content: "" }], /well-formed/],
    ["invalid_path", [{ path: "", content: "" }], /empty/],
    ["invalid_path", [{ path: ".git", delete: true }], /\.git/],
    ["duplicate_path", [file, file], /"a"/],
    ["duplicate_path", [file, { path: "a", delete: true }], /"a"/],
    ["duplicate_path", [file, { path: "a/b", content: "" }], /"a" is a file/],
    ["bad_base64", [{ path: "b64", content_base64: "YQ" }], /b64/],
    ["bad_base64", [{ path: "b64", content_base64: "-_-_" }], /b64/],
    ["bad_base64", [{ path: "b64", content_base64: "Y Q==" }], /b64/],
    ["cannot_verify", [file, { path: "bin/run", content: "", mode: "100755" }], /bin\/run/],
    ["cannot_verify", [file, { path: "link", content: "target", mode: "120000" }], /link/],
  ])("%s: %j", async (code, changes, detail) => {
    expectProblem(await stack.commit(key, { changes }), 422, code, { detail });
    expectProblem(await stack.commit(key, { changes, expected_head: head }), 422, code, { detail });
    expectProblem(await stack.commit(key, { changes, branch: "bots/new", base: "main" }), 422, code, { detail });
  });

  test.each([
    [[{ path: "a" }], /changes\.0.*exactly one/],
    [[file, { path: "b", content: "b", content_base64: "Yg==" }], /changes\.1.*exactly one/],
    [[{ path: "b", content: "", delete: true }], /exactly one/],
    [[{ path: "b", content_base64: "", delete: true }], /exactly one/],
    [[{ path: "b", delete: false }], /changes\.0\.delete/],
    [[{ path: "b", content: null }], /changes\.0\.content/],
    [[{ path: "b", content: 1 }], /changes\.0\.content/],
    [[{ path: "b", content_base64: ["YQ=="] }], /changes\.0\.content_base64/],
    [[{ path: 7, content: "" }], /changes\.0\.path/],
    [[{ content: "" }], /changes\.0\.path/],
    [[{ path: "b", content: "", mode: "160000" }], /changes\.0\.mode/],
    [[{ path: "b", content: "", mode: 33261 }], /changes\.0\.mode/],
    [["a"], /changes\.0/],
    [[null], /changes\.0/],
    [{ a: file }, /changes/],
    ["a", /changes/],
    [undefined, /changes/],
  ])("of the wrong shape: %j", async (changes, detail) => {
    expectProblem(await stack.commit(key, { changes }), 400, "bad_request", { detail });
  });

  test("half a surrogate pair in a text is no text", async () => {
    const changes = [{ path: "a", content: "\ud83d" }];
    expectProblem(await stack.commit(key, { changes }), 400, "bad_request", { detail: /content_base64/ });
  });
});

describe("fields", () => {
  test.each([
    [{ expected_haed: head }, "expected_haed", /"expected_haed"/],
    [{ expectedHead: head }, "expectedHead", /"expectedHead"/],
    [{ message: { headline: "x", subject: "y" } }, "subject", /"subject" in message/],
    [{ changes: [file, { path: "b", content: "", contents: "" }] }, "contents", /"contents" in changes\.1/],
    [{ changes: [{ path: "b", content: "", sha: null }] }, "sha", /"sha" in changes\.0/],
    [{ author: { name: "Somebody", email: "else@example.com" } }, "author", /"author"/],
    [{ committer: "x" }, "committer", /"committer"/],
    [{ token: "x" }, "token", /"token"/],
    [{ "": 1 }, "", /""/],
  ])("an unknown one is named: %j", async (change, _name, detail) => {
    expectProblem(await stack.commit(key, change), 400, "unknown_field", { detail });
  });

  test.each([
    [{ user: undefined }, /user/],
    [{ user: 583231 }, /user/],
    [{ user: "" }, /user/],
    [{ repository: undefined }, /repository/],
    [{ repository: { owner: "acme", name: "site" } }, /repository/],
    [{ repository: "acme" }, /"acme"/],
    [{ repository: "acme/site/x" }, /"acme\/site\/x"/],
    [{ repository: "acme/.." }, /acme/],
    [{ branch: undefined }, /branch/],
    [{ branch: null }, /branch/],
    [{ branch: "" }, /branch/],
    [{ branch: "a..b" }, /"a\.\.b"/],
    [{ branch: "a b" }, /"a b"/],
    [{ branch: "refs/heads/main" }, /"refs\/heads\/main"/],
    [{ branch: "x".repeat(300) }, /branch/],
    [{ branch: "a\ud800" }, /branch/],
    [{ branch: "a\u0000" }, /branch/],
    [{ base: "" }, /base/],
    [{ base: 1 }, /base/],
    [{ base: "a~1" }, /"a~1"/],
    [{ base: "a\u0000" }, /base/],
    [{ base: "a\ud800" }, /base/],
    [{ expected_head: "" }, /expected_head/],
    [{ expected_head: head.slice(1) }, /expected_head/],
    [{ expected_head: head.toUpperCase() }, /expected_head/],
    [{ expected_head: `${head}\n` }, /expected_head/],
    [{ expected_head: "main" }, /expected_head/],
    [{ expected_head: null }, /expected_head/],
    [{ message: undefined }, /message/],
    [{ message: "Say hello" }, /message/],
    [{ message: {} }, /message\.headline/],
    [{ message: { headline: "" } }, /message\.headline/],
    [{ message: { headline: " \t" } }, /message\.headline/],
    [{ message: { headline: "one\ntwo" } }, /message\.headline/],
    [{ message: { headline: "one\rtwo" } }, /message\.headline/],
    [{ message: { headline: "one\u2028two" } }, /message\.headline/],
    [{ message: { headline: "Signed-off-by: Ada Lovelace <ada@example.com>" } }, /message\.headline.*"sign_off"/],
    [{ message: { headline: " SIGNED-OFF-BY : Ada" } }, /message\.headline.*"sign_off"/],
    [{ run_url: "https://ci:hunter22@ci.example.com/7" }, /run_url/],
    [{ run_url: "https://ci@ci.example.com/7" }, /run_url/],
    [{ message: { headline: "a\u0000b" } }, /message\.headline/],
    [{ message: { headline: "a\ud83d" } }, /message\.headline/],
    [{ message: { headline: "x".repeat(1001) } }, /message\.headline/],
    [{ message: { headline: "x", body: "a\u0000" } }, /message\.body/],
    [{ message: { headline: "x", body: "\udc00a" } }, /message\.body/],
    [{ message: { headline: "x", body: 1 } }, /message\.body/],
    [{ requested_by: "" }, /requested_by/],
    [{ requested_by: "a\u0000b" }, /requested_by/],
    [{ requested_by: "a\ud800" }, /requested_by/],
    [{ requested_by: "x".repeat(701) }, /requested_by/],
    [{ run_url: "not an address" }, /run_url/],
    [{ run_url: "javascript:alert(1)" }, /run_url/],
    [{ run_url: "https://ci.example/\u0000" }, /run_url/],
    [{ run_url: "https://ci.example/a b" }, /run_url/],
    [{ run_url: `https://ci.example/${"x".repeat(2000)}` }, /run_url/],
  ])("a wrong one is named: %j", async (change, detail) => {
    expectProblem(await stack.commit(key, change), 400, "bad_request", { detail });
  });
});

describe("a body", () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    stack.call("POST", "/api/v1/commits", { key, body, headers });

  test.each(["", "{", "null", "[]", '"x"', "1", '{"user":"gh.583231",}', "user=gh.583231"])("of %j", async (body) => {
    expectProblem(await post(body), 400, "bad_request");
  });

  test("that is not there, or lacks a field: what to send is said", async () => {
    expectProblem(await post("null"), 400, "bad_request", { detail: /^Send a body: a JSON object/ });
    expectProblem(await post("{}"), 400, "bad_request", { detail: /^user is missing: give it \(string\)/ });
  });

  test("of another type", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
      expectProblem(await post("{}", { "content-type": type }), 400, "bad_request");
    }
  });

  test("that would change how objects work", async () => {
    expectProblem(await post('{"__proto__": {"user": "gh.583231"}}'), 400, "bad_request");
    expectProblem(await post('{"message": {"constructor": {"prototype": {}}}}'), 400, "bad_request");
  });

  test("that is no UTF-8", async () => {
    const whole = JSON.stringify({
      user: "gh.583231",
      repository: "acme/site",
      branch: "main",
      message: { headline: "x" },
      changes: [{ path: "a", content: "\u00ff" }],
    });
    const response = await fetch(`${stack.url}/api/v1/commits`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: Buffer.from(whole, "latin1"),
    });
    expect(await response.json()).toMatchObject({
      status: 400,
      code: "bad_request",
      detail: expect.stringMatching(/UTF-8/),
    });
  });
});

describe("what is too large", () => {
  const mebibytes = (count: number) => "x".repeat(count * 1024 * 1024);

  test("files of more than 40 MB, which GitHub can't sign, as text and as bytes", async () => {
    const half = { path: "half", content: mebibytes(20) };
    expectProblem(
      await stack.commit(key, { changes: [half, { path: "other", content: `${mebibytes(20)}x` }] }),
      422,
      "cannot_verify",
      { detail: /"other".*40 MB/ },
    );
    const content_base64 = Buffer.alloc(40 * 1024 * 1024 + 1).toString("base64");
    expectProblem(await stack.commit(key, { changes: [{ path: "bytes", content_base64 }] }), 422, "cannot_verify");
  });

  test("a body that can't hold less, told before it is sent", async () => {
    const { hostname, port } = new URL(stack.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      [
        "POST /api/v1/commits HTTP/1.1",
        `host: ${hostname}`,
        `authorization: Bearer ${key}`,
        "content-type: application/json",
        `content-length: ${200 * 1024 * 1024}`,
        "\r\n",
      ].join("\r\n"),
    );
    const answer = await new Promise<string>((resolve, reject) => {
      socket.once("data", (data) => resolve(data.toString()));
      socket.once("error", reject);
    });
    socket.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"code":"too_large"');
  });
});
