import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Fault } from "../../sandbox/index.ts";
import { git, sent, standing } from "../harness/history.ts";
import { expectProblem } from "../harness/problem.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let key: string;
let before: unknown;

beforeAll(async () => {
  await stack.connect("ada");
  key = (await stack.bot("deploy-bot")).key;
  await stack.delegate("gh.583231", "deploy-bot", ["acme/*"]);
});
beforeEach(async () => {
  before = await standing(stack);
});
afterEach(() => {
  stack.sandbox.faults.clear();
  stack.sandbox.switches.samlOrganizations = [];
});

type Respond = Fault["respond"];
const mutation = { operation: "createCommitOnBranch" };
const fails = (respond: Respond, match: Fault["match"] = mutation) => stack.sandbox.faults.add({ match, respond });
const known = () => ({ expected_head: stack.sandbox.repository("acme/site").head() });

/** That nothing was written, the account is as it was, and the next commit goes in. */
async function expectNothingLost() {
  expect(await standing(stack)).toEqual(before);
  stack.sandbox.faults.clear();
  expect((await stack.commit(key)).status).toBe(201);
}

describe("single sign-on", () => {
  const words = "Resource protected by organization SAML enforcement. You must grant your OAuth token access.";
  const inGraphql = { data: null, errors: [{ type: "FORBIDDEN", message: words }] };
  const given = "/orgs/acme/sso?authorization_request=AB12";
  const header = (url: string) => ({ "x-github-sso": `required; url=${url}` });

  test("that an organisation asks for is answered with its address, and the account stays", async () => {
    stack.sandbox.switches.samlOrganizations = ["acme"];
    for (const way of [{}, known(), { branch: "bots/new", base: "main" }]) {
      const answer = await stack.commit(key, way);
      expectProblem(answer, 403, "sso_required", {
        action_url: expect.stringMatching(`^${stack.sandbox.webUrl}/orgs/acme/sso`),
        detail: /single sign-on/,
      });
    }
    stack.sandbox.switches.samlOrganizations = [];
    await expectNothingLost();
  });

  test.each<[string, (at: string) => Fault["respond"], string]>([
    ["a 403", (at) => ({ status: 403, headers: header(`${at}${given}`), body: { message: words } }), given],
    ["a 404", (at) => ({ status: 404, headers: header(`${at}${given}`), body: { message: "Not Found" } }), given],
    ["a GraphQL error", (at) => ({ status: 200, headers: header(`${at}${given}; x=1`), body: inGraphql }), given],
    ["its words alone", () => ({ status: 200, body: inGraphql }), "/orgs/acme/sso"],
    ["another host's address", () => ({ status: 403, headers: header("https://evil.test/sso") }), "/orgs/acme/sso"],
    [
      "a user's name before that host",
      () => ({ status: 403, headers: header("https://github.com@evil.test/") }),
      "/orgs/acme/sso",
    ],
    ["an address that is none", () => ({ status: 403, headers: header("javascript:alert(1)") }), "/orgs/acme/sso"],
  ])("told by %s at the commit", async (_how, respond, path) => {
    const { webUrl } = stack.sandbox;
    fails(respond(webUrl));
    expectProblem(await stack.commit(key, known()), 403, "sso_required", { action_url: `${webUrl}${path}` });
    await expectNothingLost();
  });
});

describe("GitHub in trouble", () => {
  const html = { "content-type": "text/html" };
  const page = "<html><h1>Unicorn!</h1></html>";

  test.each<[string, Omit<Fault, "match">, number, string]>([
    ["500", { respond: { status: 500, body: { message: "Server Error" } } }, 503, "provider_unavailable"],
    ["502 in HTML", { respond: { status: 502, body: page, headers: html } }, 503, "provider_unavailable"],
    ["503", { respond: { status: 503, body: "" } }, 503, "provider_unavailable"],
    ["504 after ten seconds", { respond: { status: 504, body: page, headers: html } }, 503, "provider_unavailable"],
    ["a connection cut before anything was done", { dropBefore: true }, 503, "provider_unavailable"],
    ["200 in HTML", { respond: { status: 200, body: page, headers: html } }, 502, "provider_garbled"],
    [
      "200 with half an answer",
      { respond: { status: 200, body: '{"data": {"createCommit', headers: { "content-type": "application/json" } } },
      502,
      "provider_garbled",
    ],
    [
      "200 with another shape",
      { respond: { status: 200, body: { data: { repository: 1 } } } },
      502,
      "provider_garbled",
    ],
    ["200 with nothing", { respond: { status: 200, body: "" } }, 502, "provider_garbled"],
    ["a list for an object", { respond: { status: 200, body: [] } }, 502, "provider_garbled"],
    [
      "a redirect, which would take the token elsewhere",
      { respond: { status: 302, body: "", headers: { location: "http://elsewhere.test/graphql" } } },
      502,
      "provider_garbled",
    ],
  ])("%s", async (_name, fault, status, code) => {
    stack.sandbox.faults.add({ match: { path: "/api/graphql" }, ...fault });
    expectProblem(await stack.commit(key), status, code, { detail: /GitHub/ });
    await expectNothingLost();
  });

  test.each<[string, Omit<Fault, "match">, number, string]>([
    ["502 in HTML", { respond: { status: 502, body: page, headers: html } }, 503, "provider_unavailable"],
    ["connections cut before anything was done", { dropBefore: true }, 503, "provider_unavailable"],
    ["200 in HTML", { respond: { status: 200, body: page, headers: html } }, 502, "provider_garbled"],
  ])("%s at the commit itself, however often it is sent", async (_name, fault, status, code) => {
    stack.sandbox.faults.add({ match: mutation, times: 100, ...fault });
    expectProblem(await stack.commit(key, known()), status, code, { detail: /GitHub/ });
    await expectNothingLost();
  });

  test("a commit that was made while its answer was lost is made once", async () => {
    const head = stack.sandbox.repository("acme/site").head();
    stack.sandbox.faults.add({ match: mutation, dropAfterHandling: true });
    const answer = await stack.commit(key, { expected_head: head });
    expect(answer.status).toBe(201);
    expect(stack.sandbox.repository("acme/site").head()).toBe(answer.body.oid);
    expect(git(stack, "acme/site", "rev-list", "--count", `${head}..main`)).toBe("1");
  });

  test("a refusal in words that nobody knows is passed on in them, as no fault of the account", async () => {
    fails({ status: 200, body: { data: null, errors: [{ type: "UNPROCESSABLE", message: "The moon is wrong" }] } });
    const answer = await stack.commit(key, known());
    expectProblem(answer, 502, "provider_rejected", { detail: /The moon is wrong/ });
    await expectNothingLost();
  });

  test("a token in GitHub's own words goes no further", async () => {
    const message = "Bad token ghu_abcdefghijklmnopqrstuvwxyz0123456789 given";
    fails({ status: 200, body: { data: null, errors: [{ type: "UNPROCESSABLE", message }] } });
    const answer = await stack.commit(key, known());
    expectProblem(answer, 502, "provider_rejected", { detail: /Bad token .*redacted.* given/ });
    await expectNothingLost();
  });

  test("a 401 for a token that GitHub calls alive is GitHub's fault, and the account stays", async () => {
    fails({ status: 401, body: { message: "Bad credentials" } });
    expectProblem(await stack.commit(key, known()), 502, "provider_rejected", { detail: /token/ });
    await expectNothingLost();
  });

  test("a token that is really dead is renewed once, and the commit goes in", async () => {
    stack.sandbox.expireAccessToken("ada");
    const asked = sent(stack);
    expect((await stack.commit(key)).status).toBe(201);
    expect(stack.sandbox.requests.slice(asked).filter(({ operation }) => operation === "refresh")).toHaveLength(1);
  });
});
