import type Nock from "nock";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { createGithubClient, graphqlAddress } from "../../src/github/client.ts";
import { useNock } from "../harness/nocked.ts";

const nock = useNock();

// The tests' guard lets loopback addresses through; nock answers before anything is sent there.
const origin = "http://127.0.0.1:54321";
const apiUrl = `${origin}/api/v3`;
const client = createGithubClient(
  { fetch: (...request) => fetch(...request) },
  { apiUrl, webUrl: "https://github.test" },
);
const token = `ghu_${"t".repeat(36)}`;
const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIn0.c2ln";

beforeAll(() => nock.disableNetConnect());
afterEach(() => expect(nock.pendingMocks()).toEqual([]));

const graphql = (status: number, body: Nock.Body, headers: Record<string, string> = {}) =>
  nock(origin).post("/api/graphql").reply(status, body, headers);
const ask = () => client.graphql(token, "query Q { viewer { login } }", {});
const failure = (kind: string, more: object = {}) =>
  expect.objectContaining({ name: "ProviderFailure", kind, ...more });

test("GraphQL stands beside REST on an Enterprise Server, and below it elsewhere", () => {
  expect(graphqlAddress("https://github.test/api/v3")).toBe("https://github.test/api/graphql");
  expect(graphqlAddress("https://api.github.com")).toBe("https://api.github.com/graphql");
  expect(graphqlAddress("https://api.sub.ghe.com")).toBe("https://api.sub.ghe.com/graphql");
  expect(graphqlAddress("http://127.0.0.1:1/github/api/v3")).toBe("http://127.0.0.1:1/github/api/graphql");
});

test("a person's token is sent as a token, the app's JWT as a bearer", async () => {
  for (const [sent, header] of [
    [token, `token ${token}`],
    [jwt, `bearer ${jwt}`],
  ]) {
    nock(origin, { reqheaders: { authorization: header ?? "" } })
      .get("/api/v3/app")
      .reply(200, {});
    expect(await client.rest(sent ?? "", "GET /app")).toMatchObject({ status: 200 });
  }
});

describe("REST", () => {
  test.each([200, 201, 403, 404, 409, 410, 422, 451])("%i is an answer", async (status) => {
    nock(origin).get("/api/v3/repos/a/b").reply(status, { message: "words" });
    expect(await client.rest(token, "GET /repos/{owner}/{repo}", { owner: "a", repo: "b" })).toMatchObject({ status });
  });

  test.each([
    [401, "unauthorized"],
    [500, "unreachable"],
    [502, "unreachable"],
    [503, "unreachable"],
    [504, "unreachable"],
    [429, "throttled"],
  ])("%i is %s", async (status, kind) => {
    nock(origin).get("/api/v3/user").reply(status, { message: "words" });
    await expect(client.rest(token, "GET /user")).rejects.toEqual(failure(kind));
  });

  test.each([301, 307])("%i is an answer, and is not followed", async (status) => {
    nock(origin).get("/api/v3/user").reply(status, { message: "words" }, { location: "https://elsewhere.test/" });
    expect(await client.rest(token, "GET /user")).toMatchObject({ status });
  });

  test("a 401 for the app's own JWT is a fault of the configuration, not of a person", async () => {
    nock(origin).get("/api/v3/app").reply(401, { message: "Bad credentials" });
    await expect(client.rest(jwt, "GET /app")).rejects.toEqual(failure("ours"));
  });

  test("a connection that breaks is no answer", async () => {
    nock(origin).get("/api/v3/user").replyWithError("socket hang up");
    await expect(client.rest(token, "GET /user")).rejects.toEqual(failure("unreachable"));
  });

  test("what a path is made of can't lead to another one", async () => {
    nock(origin).get("/api/v3/repos/a/b%2F..%2Fc").reply(404, {});
    await client.rest(token, "GET /repos/{owner}/{repo}", { owner: "a", repo: "b/../c" });
  });
});

describe("rate limits wait as long as GitHub says", () => {
  const inAnHour = String(Math.floor(Date.now() / 1000) + 3600);
  const longest = { retryAfter: expect.closeTo(3600, -2) };
  const words = "You have exceeded a secondary rate limit";
  test.each<[string, number, Nock.Body, Record<string, string>, object]>([
    ["retry-after first", 403, {}, { "retry-after": "7", "x-ratelimit-remaining": "0" }, { retryAfter: 7 }],
    ["then the reset", 403, {}, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": inAnHour }, longest],
    ["a reset that is over", 429, {}, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1" }, { retryAfter: 1 }],
    [
      "a reset with some remaining",
      429,
      {},
      { "x-ratelimit-remaining": "9", "x-ratelimit-reset": inAnHour },
      { retryAfter: 60 },
    ],
    ["else a minute", 429, {}, {}, { retryAfter: 60 }],
    ["words alone", 403, { message: words }, {}, { retryAfter: 60 }],
    ["a retry-after that is no number", 429, {}, { "retry-after": "soon" }, { retryAfter: 60 }],
    [
      "GraphQL with 200",
      200,
      { errors: [{ type: "RATE_LIMITED", message: "x" }] },
      { "retry-after": "9" },
      { retryAfter: 9 },
    ],
    ["GraphQL with words", 200, { errors: [{ message: words }] }, {}, { retryAfter: 60 }],
  ])("%s", async (_name, status, body, headers, expected) => {
    graphql(status, body, headers);
    await expect(ask()).rejects.toEqual(failure("throttled", expected));
  });
});

describe("GraphQL", () => {
  test("data is the answer", async () => {
    graphql(200, { data: { viewer: { login: "ada" } } });
    expect(await ask()).toEqual({ viewer: { login: "ada" } });
  });

  test("errors are a refusal with all that was said", async () => {
    const errors = [{ type: "NOT_FOUND", message: "None", path: ["repository", 0] }, { message: "And more" }];
    graphql(200, { data: { repository: null }, errors });
    await expect(ask()).rejects.toMatchObject({ name: "GraphqlRefusal", errors, data: { repository: null } });
  });

  test("a whole request that is refused is a refusal, too", async () => {
    graphql(403, { message: "Sorry. Your account was suspended." });
    await expect(ask()).rejects.toMatchObject({
      name: "GraphqlRefusal",
      message: "Sorry. Your account was suspended.",
    });
  });

  test("GitHub's own time-out is no refusal: the work may have been done", async () => {
    const message = "Something went wrong while executing your query. This may be the result of a timeout.";
    graphql(200, { data: null, errors: [{ message }] });
    await expect(ask()).rejects.toEqual(failure("unreachable"));
  });

  test.each<[string, Nock.Body]>([
    ["half of JSON", '{"data": '],
    ["a page", "<html></html>"],
    ["nothing", ""],
    ["a list", []],
    ["an object of something else", { message: "words" }],
    ["no data and no errors", { data: null, errors: [] }],
    ["errors that are none", { errors: "x" }],
    ["an error without words", { errors: [{ type: "X" }] }],
  ])("%s can't be understood", async (_name, body) => {
    graphql(200, body, { "content-type": "application/json" });
    await expect(ask()).rejects.toEqual(failure("garbled"));
  });

  test("single sign-on is neither, with or without a refusal", async () => {
    const header = { "x-github-sso": "required; url=https://github.test/orgs/acme/sso?authorization_request=A" };
    const expected = {
      name: "Problem",
      code: "sso_required",
      actionUrl: "https://github.test/orgs/acme/sso?authorization_request=A",
    };
    graphql(403, { message: "SAML" }, header);
    await expect(ask()).rejects.toMatchObject(expected);
    graphql(200, { errors: [{ type: "FORBIDDEN", message: "SAML" }] }, header);
    await expect(ask()).rejects.toMatchObject(expected);
  });

  test("what an answer leaves out is told to who listens for that token, until they stop", async () => {
    const heard: string[][] = [];
    const ends = [token, token, "ghu_of_somebody_else"].map((of) => client.onLeftOut(of, (ids) => heard.push(ids)));
    const partly = () =>
      graphql(200, { data: { viewer: {} } }, { "x-github-sso": "partial-results; organizations=21, 42" });
    partly();
    expect(await ask()).toEqual({ viewer: {} });
    expect(heard).toEqual([
      ["21", "42"],
      ["21", "42"],
    ]);
    for (const end of ends) end();
    partly();
    await ask();
    expect(heard).toHaveLength(2);
  });
});

test("no failure carries the token", async () => {
  graphql(401, { message: `Bad credentials ${token}` });
  const error: unknown = await ask().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  expect(String(error)).not.toContain(token);
});
