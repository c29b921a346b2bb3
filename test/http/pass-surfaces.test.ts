import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { revokeBot } from "../../src/actions/bots/revoke-bot.ts";
import { endDelegation } from "../../src/actions/delegations/end-delegation.ts";
import { flush, pktLine } from "../../src/git/pkt-lines.ts";
import { refs } from "../harness/history.ts";
import { type Committer, committer } from "../harness/people.ts";
import { useStack } from "../harness/use-stack.ts";

const capabilities = ["commit", "push", "pull-request", "api:read", "api:write", "workflows"];
const stack = useStack();
let replicas: string[];
let platform: string;

beforeAll(async () => {
  replicas = [stack.url, (await stack.replica()).url];
  platform = (await stack.bot("host", "platform")).key;
});

/** A person whose bot has a pass. */
interface Holder extends Committer {
  bot: string;
  botKey: string;
  delegation: string;
  passId: string;
  pass: string;
}

let bots = 0;
async function holder(person: Committer, change: Record<string, unknown> = {}): Promise<Holder> {
  const { name: bot, key: botKey } = await stack.bot(`sandboxed-${bots++}`);
  const user = `gh.${person.id}`;
  const delegation = await stack.delegate(user, bot, ["*"], ["*"], capabilities);
  const wish = { user, repositories: [person.repository], capabilities, expires_in: 3600, ...change };
  const { status, body } = await stack.call("POST", "/api/v1/passes", { key: botKey, body: wish });
  expect(status).toBe(201);
  return { ...person, bot, botKey, delegation, passId: String(body.id), pass: String(body.pass) };
}

/** What a request is about, where it isn't about what the pass is for. */
interface Wish {
  repository?: string;
  branch?: string;
  path?: string;
  headers?: Record<string, string>;
}

let made = 0;
const own = ({ branch = `agents/${made++}`, path = "docs/a.txt", ...wish }: Wish, { repository }: Holder) => ({
  branch,
  path,
  repository: wish.repository ?? repository,
});

/** One way in: what it sends, and to which address. */
type Way = (person: Holder, wish: Wish) => { path: string; body?: string | Buffer; headers?: Record<string, string> };

const json = { "content-type": "application/json" };
const graphql = (query: string, variables: object = {}) => ({
  path: "/api/graphql",
  headers: json,
  body: JSON.stringify({ query, variables }),
});
const zeros = "0".repeat(40);

const reading: Record<string, Way> = {
  "REST that reads": (person, wish) => ({ path: `/api/v3/repos/${own(wish, person).repository}/commits` }),
  "a GraphQL query": () => graphql("{ viewer { login } }"),
  "a fetch's first request": (person, wish) => ({
    path: `/${own(wish, person).repository}.git/info/refs?service=git-upload-pack`,
  }),
  "a fetch": (person, wish) => ({
    path: `/${own(wish, person).repository}.git/git-upload-pack`,
    headers: { "content-type": "application/x-git-upload-pack-request", "git-protocol": "version=2" },
    body: Buffer.concat([pktLine("command=ls-refs\n"), flush]),
  }),
};

const writing: Record<string, Way> = {
  "REST that writes": (person, wish) => {
    const { repository, branch } = own(wish, person);
    const sha = stack.sandbox.repository(repository).head();
    return {
      path: `/api/v3/repos/${repository}/git/refs`,
      headers: json,
      body: JSON.stringify({ ref: `refs/heads/${branch}`, sha }),
    };
  },
  "a push": (person, wish) => {
    const { repository, branch } = own(wish, person);
    const oid = stack.sandbox.repository(repository).head();
    const empty = Buffer.from("PACK\0\0\0\x02\0\0\0\0", "latin1");
    const pack = Buffer.concat([empty, createHash("sha1").update(empty).digest()]);
    const line = pktLine(`${zeros} ${oid} refs/heads/${branch}\0report-status side-band-64k`);
    return {
      path: `/${repository}.git/git-receive-pack`,
      headers: { "content-type": "application/x-git-receive-pack-request" },
      body: Buffer.concat([line, flush, pack]),
    };
  },
};

const commits: Record<string, Way> = {
  "REST's contents": (person, wish) => {
    const { repository, branch, path } = own(wish, person);
    const body = JSON.stringify({ message: "A", content: "YQ==", branch });
    return { path: `/api/v3/repos/${repository}/contents/${path}`, headers: json, body };
  },
  "a GraphQL commit": (person, wish) => {
    const { repository, branch, path } = own(wish, person);
    const input = {
      branch: { repositoryNameWithOwner: repository, branchName: branch },
      expectedHeadOid: stack.sandbox.repository(repository).head(),
      message: { headline: "A" },
      fileChanges: { additions: [{ path, contents: "YQ==" }] },
    };
    return graphql(
      "mutation ($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }",
      { input },
    );
  },
};

const pushing: Record<string, Way> = {
  "a push's first request": (person, wish) => ({
    path: `/${own(wish, person).repository}.git/info/refs?service=git-receive-pack`,
  }),
};

async function send(way: Way, person: Holder, wish: Wish, url: string): Promise<{ status: number; text: string }> {
  const { path, body, headers } = way(person, wish);
  const method = body === undefined ? "GET" : path.includes("/contents/") ? "PUT" : "POST";
  const basic = Buffer.from(`x:${person.pass}`).toString("base64");
  const answer = await fetch(url + path, {
    method,
    headers: { authorization: `Basic ${basic}`, ...headers, ...wish.headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : new Uint8Array(body) }),
  });
  return { status: answer.status, text: await answer.text() };
}

/** What GitHub was asked, without what ends grants and tokens, which goes on in the background. */
const asked = () =>
  stack.sandbox.requests.filter(({ path }) => !/^\/(api\/v3\/applications|login\/oauth)\//.test(path)).length;

/** Nothing is sent, and the code is said: to git within its protocol, with a 200, where it has sent a body. */
async function expectRefused(way: Way, person: Holder, wish: Wish, url: string, status: number, code: string) {
  const before = { asked: asked(), refs: refs(stack, person.repository) };
  const { path, body } = way(person, wish);
  const within = body !== undefined && path.includes(".git/");
  const answer = await send(way, person, wish, url);
  expect({ status: answer.status, text: answer.text }).toEqual({
    status: within ? 200 : status,
    text: expect.stringContaining(code),
  });
  expect({ asked: asked(), refs: refs(stack, person.repository) }).toEqual(before);
}

/** Of what a GraphQL query reads GitHub itself sees that the pass reaches it: look-alike-graphql.test.ts. */
const { "a GraphQL query": _limitedByGithub, ...inRepository } = reading;

const named = (ways: Record<string, Way>): [string, Way][] => Object.entries(ways);

describe("a pass is refused, and nothing is sent,", () => {
  let person: Holder;
  let inDocs: Holder;
  beforeAll(async () => {
    const someone = await committer(stack);
    await stack.sandbox.addRepository(`${someone.login}/other`, { files: { "README.md": "Other\n" } });
    person = await holder(someone, { branches: ["agents/*"] });
    inDocs = await holder(someone, { branches: ["agents/*"], paths: ["docs/*"] });
  });

  test.each(named({ ...reading, ...writing, ...pushing, ...commits }))("for another person: %s", async (_name, way) => {
    await expectRefused(way, person, { headers: { "x-on-behalf-of": "gh.583231" } }, stack.url, 400, "bad_request");
  });

  test.each(named({ ...inRepository, ...writing, ...pushing, ...commits }))(
    "for another repository: %s",
    async (_name, way) => {
      await expectRefused(way, person, { repository: `${person.login}/other` }, stack.url, 403, "pass_scope");
    },
  );

  test.each(named({ ...writing, ...commits }))("for another branch: %s", async (_name, way) => {
    await expectRefused(way, person, { branch: "main" }, stack.url, 403, "pass_scope");
  });

  test.each(named({ ...pushing, ...commits }))("for another path: %s", async (_name, way) => {
    await expectRefused(way, inDocs, { path: "src/a.txt" }, stack.url, 403, "pass_scope");
  });
});

test.each(named({ ...inRepository, ...writing, ...pushing, ...commits }))(
  "a pass for a renamed repository doesn't reach the one that has its name now: %s",
  async (_name, way) => {
    moved ??= await move();
    const { person, taken } = moved;
    const before = refs(stack, taken);
    const { text } = await send(way, person, {}, stack.url);
    expect(text).toMatch(/pass_scope|FORBIDDEN/);
    expect(refs(stack, taken)).toBe(before);
  },
);

let moved: { person: Holder; taken: string } | null = null;
async function move(): Promise<{ person: Holder; taken: string }> {
  const person = await holder(await committer(stack));
  stack.sandbox.renameRepository(person.repository, `${person.login}/renamed`);
  await stack.sandbox.addRepository(person.repository, { files: { "README.md": "Another\n" } });
  return { person, taken: person.repository };
}

describe("a pass is over on every replica, for REST, GraphQL and git,", () => {
  const all = named({ ...reading, ...writing, ...pushing });
  let someone: Committer;
  beforeAll(async () => {
    someone = await committer(stack);
  });

  test.each<[string, (person: Holder) => Promise<unknown>, number, string]>([
    [
      "at its end",
      ({ passId }) =>
        stack.database.query({ text: "UPDATE passes SET expires_at = now() WHERE id = $1", values: [passId] }),
      403,
      "pass_scope",
    ],
    [
      "when it is ended",
      async ({ passId, botKey }) =>
        expect((await stack.call("DELETE", `/api/v1/passes/${passId}`, { key: botKey })).status).toBe(204),
      403,
      "pass_scope",
    ],
    ["with its delegation", ({ delegation }) => endDelegation(stack, { id: delegation }), 403, "delegation_required"],
    ["with its bot's key", ({ bot }) => revokeBot(stack, bot), 403, "pass_scope"],
    [
      "with its account",
      async ({ id }) =>
        expect((await stack.call("DELETE", `/api/v1/users/gh.${id}/accounts/github`, { key: platform })).status).toBe(
          202,
        ),
      403,
      "account_revoked",
    ],
    [
      "with its user",
      async ({ id }) =>
        expect((await stack.call("POST", `/api/v1/users/gh.${id}/deactivate`, { key: platform })).status).toBe(202),
      403,
      "pass_scope",
    ],
  ])("%s", async (when, end, status, code) => {
    // An account and a user end for good.
    const person = await holder(/account|user/.test(when) ? await committer(stack) : someone);
    for (const [name, way] of all) {
      const { status, text } = await send(way, person, {}, stack.url);
      expect({ name, status, text }).toMatchObject({ name, status: name === "REST that writes" ? 201 : 200 });
    }
    await end(person);
    for (const url of replicas) {
      for (const [, way] of all) await expectRefused(way, person, {}, url, status, code);
    }
  });
});
