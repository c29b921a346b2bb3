import { beforeAll, describe, expect, test } from "vitest";
import { createClient, externalUser, OnbehalfError } from "../../src/client/create-client.ts";
import { freePort } from "../../src/store/embedded/free-port.ts";
import { useStack } from "../harness/use-stack.ts";

const ada = "gh.583231";
const stack = useStack();
let key: string;

beforeAll(async () => {
  await stack.connect("ada");
  key = (await stack.bot("deploy-bot")).key;
  await stack.delegate(ada, "deploy-bot", ["acme/site"], ["*"], ["commit", "pull-request", "api:read", "api:write"]);
});

const asAda = () => createClient({ url: `${stack.url}/`, key }).as(ada);
const change = {
  repository: "acme/site",
  branch: "main",
  message: { headline: "From the client" },
  changes: [{ path: "client.txt", content: "hello\n" }],
};
const wish = { repositories: ["acme/site"], capabilities: ["commit" as const, "api:read" as const], expires_in: 600 };

describe("the client", () => {
  test("commits as a person, once for each idempotency key", async () => {
    const answer = await asAda().commit(change, { idempotencyKey: "one" });
    expect(answer).toMatchObject({ branch: "main", verified: true, author: { login: "ada" } });
    expect(stack.sandbox.repository("acme/site").head("main")).toBe(answer.oid);
    expect((await asAda().commit(change, { idempotencyKey: "one" })).oid).toBe(answer.oid);
  });

  test("makes a pass that commits, and ends it", async () => {
    const { id, pass } = await asAda().pass(wish);
    const inSandbox = createClient({ url: stack.url, key: pass }).as(ada);
    expect(await inSandbox.commit(change)).toMatchObject({ author: { login: "ada" } });
    await asAda().endPass(id);
    await expect(inSandbox.commit(change)).rejects.toMatchObject({ code: "pass_scope", status: 403 });
  });

  test("gives an Octokit that acts as the person, and pages on through onbehalf", async () => {
    await asAda().commit(change); // a second page
    const octokit = await asAda().octokit(wish);
    expect((await octokit.rest.users.getAuthenticated()).data.login).toBe("ada");
    const repository = { owner: "acme", repo: "site" };
    const pages = [];
    for await (const { data, url } of octokit.paginate.iterator(octokit.rest.repos.listCommits, {
      ...repository,
      per_page: 1,
    })) {
      pages.push({ commits: data.length, host: new URL(url).host });
    }
    expect(pages.length).toBeGreaterThan(1);
    expect(pages).toEqual(pages.map(() => ({ commits: 1, host: new URL(stack.url).host })));
    const { viewer } = await octokit.graphql<{ viewer: { login: string } }>("{ viewer { login } }");
    expect(viewer.login).toBe("ada");
    await expect(octokit.rest.repos.get({ owner: "acme", repo: "secret" })).rejects.toThrow(/^This pass is not for/);
  });

  test("tells what was refused by its code, with where a person repairs it", async () => {
    const refused = asAda().commit({ ...change, repository: "ada/notes" });
    await expect(refused).rejects.toThrow(OnbehalfError);
    await expect(refused).rejects.toMatchObject({
      code: "delegation_required",
      status: 403,
      actionUrl: expect.stringContaining("/permissions?"),
    });
  });

  test("tells an answer that is none of onbehalf's apart", async () => {
    const other = createClient({
      url: "http://127.0.0.1:9",
      key,
      fetch: async () => new Response("<html>", { status: 502 }),
    });
    await expect(other.as(ada).gitIdentity()).rejects.toMatchObject({ code: "unreadable", status: 502 });
  });

  test("tells that nothing answers, and why, from a caller that gave up", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const nobody = createClient({ url: `${url}/`, key }).as(ada);
    const lost = nobody.gitIdentity();
    await expect(lost).rejects.toThrow(OnbehalfError);
    await expect(lost).rejects.toMatchObject({
      code: "unreachable",
      status: 0,
      message: `No onbehalf answers at ${url} (connect ECONNREFUSED ${new URL(url).host}).`,
      cause: expect.any(TypeError),
    });
    const reason = new Error("no longer wanted");
    await expect(nobody.commit(change, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test("tells an answer that ends midway", async () => {
    const cut = new ReadableStream({ pull: (controller) => controller.error(new TypeError("terminated")) });
    const fetch = async () => new Response(cut);
    const client = createClient({ url: stack.url, key, fetch });
    await expect(client.as(ada).gitIdentity()).rejects.toMatchObject({ code: "unreachable" });
  });

  test("names a platform's user as the API wants it", async () => {
    expect(externalUser("team/ä 1")).toBe("ext.team%2F%C3%A4%201");
  });
});
