import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { request as connect, type IncomingMessage } from "node:http";
import { createConnection } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { Octokit } from "@octokit/core";
import { paginateRest } from "@octokit/plugin-paginate-rest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiOrigin, startApiOrigin } from "../harness/api-origin.ts";
import { type Stack, startStack } from "../harness/stack.ts";

const ada = "gh.583231";
const mebibyte = 1024 * 1024;
let stack: Stack;
let origin: ApiOrigin;
let url: string;
let key: string;
let pass: string;

beforeAll(async () => {
  stack = await startStack();
  origin = await startApiOrigin(stack.sandbox);
  await stack.restart({ GITHUB_API_URL: origin.url });
  url = stack.url;
  await stack.connect("ada");
  key = (await stack.bot("deploy-bot")).key;
  const capabilities = ["commit", "pull-request", "api:read", "api:write"];
  await stack.delegate(ada, "deploy-bot", ["acme/*"], ["*"], capabilities);
  const wish = { user: ada, repositories: ["acme/site"], capabilities, expires_in: 3600 };
  pass = String((await stack.call("POST", "/api/v1/passes", { key, body: wish })).body.pass);
  expect((await ask("/repos/acme/site")).status).toBe(200);
});
afterAll(async () => {
  await stack.stop();
  await origin.close();
});

const ask = (path: string, init: RequestInit & { headers?: Record<string, string> } = {}) =>
  fetch(`${url}/api/v3${path}`, {
    redirect: "manual",
    ...init,
    headers: { authorization: `token ${pass}`, ...init.headers },
  });

/** Where a pass's requests below `/repos/acme/site` arrive: by the repository's number. */
const inSite = async (path: string) => {
  const { body } = await stack.call("GET", "/api/v3/repos/acme/site", { key: pass });
  return `/repositories/${body.id}${path}`;
};

/** What arrived at an address since. */
const arrived = (path: string) => origin.requests.filter((one) => one.path.split("?")[0]?.endsWith(path));

describe("an Octokit with a pass", () => {
  const octokit = () => new (Octokit.plugin(paginateRest))({ baseUrl: `${url}/api/v3`, auth: pass });

  test("is told when nothing has changed, and pages on through us by the repository's number", async () => {
    const theirs = await inSite("/labels");
    origin.on(theirs, (request, response) => {
      if (request.headers["if-none-match"] === '"one"') return response.writeHead(304, { etag: '"one"' }).end();
      const { searchParams } = new URL(request.url ?? "", origin.url);
      const page = Number(searchParams.get("page") ?? 1);
      const link = page < 3 ? { link: `<${origin.url}${theirs}?page=${page + 1}>; rel="next"` } : {};
      return response
        .writeHead(200, { "content-type": "application/json", etag: '"one"', ...link })
        .end(JSON.stringify([{ name: `label ${page}` }]));
    });
    const where = { owner: "acme", repo: "site" };
    const first = await octokit().request("GET /repos/{owner}/{repo}/labels", where);
    expect(first.headers).toMatchObject({ etag: '"one"', link: `<${url}/api/v3${theirs}?page=2>; rel="next"` });
    const again = octokit().request("GET /repos/{owner}/{repo}/labels", {
      ...where,
      headers: { "if-none-match": '"one"' },
    });
    await expect(again).rejects.toMatchObject({ status: 304 });
    const labels = await octokit().paginate("GET /repos/{owner}/{repo}/labels", where);
    expect(labels.map(({ name }) => name)).toEqual(["label 1", "label 2", "label 3"]);
  });

  test("is told GitHub's limits as GitHub tells them", async () => {
    const limits = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1900000000", "retry-after": "61" };
    for (const status of [403, 429]) {
      const theirs = await inSite(`/limit-${status}`);
      origin.on(theirs, (_request, response) =>
        response.writeHead(status, { "content-type": "application/json", ...limits }).end('{"message":"rate limit"}'),
      );
      const answer = octokit().request(`GET /repos/acme/site/limit-${status}`);
      await expect(answer).rejects.toMatchObject({
        status,
        response: { headers: limits, data: { message: "rate limit" } },
      });
      expect(arrived(theirs)).toHaveLength(1);
    }
  });
});

describe("what GitHub answers", () => {
  test.each([
    [
      "a renamed repository's new address, as ours",
      301,
      () => `${origin.url}/repositories/1/labels`,
      () => `${url}/api/v3/repositories/1/labels`,
    ],
    ["a foreign address, as it is", 302, () => "http://127.0.0.1:9/evil", () => "http://127.0.0.1:9/evil"],
    [
      "an address that looks like GitHub's, as it is",
      307,
      () => `${origin.url}.evil.example/x`,
      () => `${origin.url}.evil.example/x`,
    ],
  ])("hands on %s, and follows nothing", async (_what, status, location, ours) => {
    const theirs = await inSite(`/moved-${status}`);
    origin.on(theirs, (_request, response) => response.writeHead(status, { location: location() }).end());
    const before = origin.requests.length;
    const answer = await ask(`/repos/acme/site/moved-${status}`);
    expect({ status: answer.status, location: answer.headers.get("location") }).toEqual({ status, location: ours() });
    expect(origin.requests.length).toBe(before + 1);
  });

  test("asks for single sign-on as a problem of ours, in REST and in GraphQL", async () => {
    const header = { "x-github-sso": `required; url=${stack.sandbox.webUrl}/orgs/acme/sso` };
    const rest = await inSite("/sso");
    origin.on(rest, (_request, response) => response.writeHead(403, header).end("{}"));
    const problem = { code: "sso_required", action_url: `${stack.sandbox.webUrl}/orgs/acme/sso` };
    expect(await (await ask("/repos/acme/site/sso")).json()).toMatchObject(problem);
    const graphql = () =>
      fetch(`${url}/api/graphql`, {
        method: "POST",
        headers: { authorization: `bearer ${pass}`, "content-type": "application/json" },
        body: JSON.stringify({ query: '{ repository(owner: "acme", name: "site") { id } }' }),
      });
    stack.sandbox.switches.samlOrganizations = ["acme"];
    const refused = await graphql();
    stack.sandbox.switches.samlOrganizations = [];
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ code: "sso_required", action_url: expect.stringContaining("/sso") });
    expect((await graphql()).status).toBe(200);
  });

  test("sets no cookie, says nothing of GitHub's own connection, and keeps what the client needs", async () => {
    const theirs = await inSite("/headers");
    origin.on(theirs, (_request, response) =>
      response
        .writeHead(200, {
          "set-cookie": ["a=b", "c=d"],
          connection: "close, X-Between",
          "x-between": "us",
          "x-oauth-scopes": "repo",
          "x-github-media-type": "github.v3",
        })
        .end("{}"),
    );
    const { headers } = await ask("/repos/acme/site/headers");
    const names = [...headers.keys()];
    for (const name of ["set-cookie", "x-between", "x-oauth-scopes"]) expect(names).not.toContain(name);
    expect(headers.get("x-github-media-type")).toBe("github.v3");
  });

  test("is no page of ours for a browser that is led to it, whatever GitHub says", async () => {
    const theirs = await inSite("/page");
    origin.on(theirs, (_request, response) =>
      response
        .writeHead(200, {
          "content-type": "text/html",
          "content-security-policy": "default-src *",
          "content-security-policy-report-only": "report-uri /x",
          "x-content-type-options": "sniff",
          "x-frame-options": "ALLOWALL",
          "cross-origin-opener-policy": "unsafe-none",
          "clear-site-data": "*",
          "service-worker-allowed": "/",
          refresh: "0; url=/permissions",
        })
        .end('<form method="post" action="/permissions"><button>Sign in</button></form>'),
    );
    const { headers } = await ask("/repos/acme/site/page");
    expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'; sandbox; form-action 'none';/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
    const names = [...headers.keys()];
    for (const name of [
      "content-security-policy-report-only",
      "clear-site-data",
      "service-worker-allowed",
      "refresh",
    ]) {
      expect(names).not.toContain(name);
    }
  });

  test("has no body where none belongs: to HEAD, and with 204", async () => {
    const theirs = await inSite("/empty");
    origin.on(theirs, (request, response) => {
      if (request.method === "HEAD") response.writeHead(200, { "content-length": "5", etag: '"e"' }).end();
      else response.writeHead(204).end();
    });
    const head = await ask("/repos/acme/site/empty", { method: "HEAD" });
    expect({ status: head.status, etag: head.headers.get("etag") }).toEqual({ status: 200, etag: '"e"' });
    const none = await ask("/repos/acme/site/empty");
    expect({ status: none.status, body: await none.text() }).toEqual({ status: 204, body: "" });
  });

  test("is broken off where GitHub breaks it off, and never looks whole", async () => {
    const theirs = await inSite("/broken");
    origin.on(theirs, (_request, response) => {
      const headers = { "content-type": "application/json", "content-length": "100" };
      response.writeHead(200, headers).write('{"a":', () => response.socket?.end());
    });
    await expect(ask("/repos/acme/site/broken").then((answer) => answer.text())).rejects.toThrow();
  });
});

describe("what a caller sends", () => {
  test("loses its credential, its cookies, and whatever Connection names", async () => {
    const theirs = await inSite("/echo");
    origin.on(theirs, (_request, response) => response.end("{}"));
    await raw([
      "GET /api/v3/repos/acme/site/echo HTTP/1.1",
      "Host: github.example",
      `Authorization: token ${pass}`,
      "Cookie: session=1",
      "Connection: close, X-Secret, Accept-Language",
      "X-Secret: 1",
      "Accept-Language: de",
      "Keep-Alive: timeout=5",
      "TE: trailers",
      "X-Forwarded-For: 10.0.0.1",
      "X-GitHub-Api-Version: 2022-11-28",
    ]);
    const [seen] = arrived(theirs);
    expect(seen?.headers).toMatchObject({ host: new URL(origin.url).host, "x-github-api-version": "2022-11-28" });
    expect(JSON.stringify(seen)).not.toContain(pass);
    for (const name of ["cookie", "x-secret", "accept-language", "keep-alive", "te", "x-forwarded-for"]) {
      expect(Object.keys(seen?.headers ?? {})).not.toContain(name);
    }
  });

  test("a type without a body is no body", async () => {
    const theirs = await inSite("/labels/bug");
    let body = "";
    origin.on(theirs, (request, response) => {
      request.on("data", (piece) => {
        body += piece;
      });
      request.on("end", () => response.writeHead(204).end());
    });
    const headers = { "content-type": "application/json" };
    expect((await ask("/repos/acme/site/labels/bug", { method: "DELETE", headers })).status).toBe(204);
    expect({ body, coding: arrived(theirs)[0]?.headers["transfer-encoding"] }).toEqual({ body: "", coding: undefined });
  });

  test("is JSON where it was read as JSON, and nothing beside it says another branch", async () => {
    const theirs = await inSite("/contents/a.txt");
    origin.on(theirs, (_request, response) => response.writeHead(201).end("{}"));
    const change = { method: "PUT", body: '{"branch":"agents/a","x":"&branch=main&"}' };
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    expect((await ask("/repos/acme/site/contents/a.txt", { ...change, headers })).status).toBe(201);
    expect(arrived(theirs)[0]?.headers["content-type"]).toBe("application/json");
    expect((await ask("/repos/acme/site/contents/a.txt?branch=main", { ...change, headers })).status).toBe(400);
    expect(arrived(theirs)).toHaveLength(1);
  });

  const hello = "5\r\nhello\r\n0\r\n\r\n";
  test.each<[string, string[], string?]>([
    ["both a length and chunks", ["Content-Length: 5", "Transfer-Encoding: chunked"], hello],
    ["two lengths", ["Content-Length: 5", "Content-Length: 6"], "hello"],
    ["a length with a sign", ["Content-Length: +5"], "hello"],
    ["a coding that isn't one", ["Transfer-Encoding: xchunked"], hello],
    ["chunks under another coding", ["Transfer-Encoding: chunked, identity"], hello],
    ["a space before the colon", ["Transfer-Encoding : chunked"], hello],
    ["a folded line", ["X-A: one", " Transfer-Encoding: chunked"], hello],
    ["a bare line feed", ["X-A: one\nTransfer-Encoding: chunked"], hello],
    ["a NUL in a header", ["X-A: o\0ne"], ""],
    ["a chunk's size that is no number", ["Transfer-Encoding: chunked"], "5;a\nhello\r\n0\r\n\r\n"],
  ])("is refused whole with %s: nothing is sent on", async (_what, lines, body) => {
    const theirs = "/repos/acme/site/issues/1/comments";
    const before = origin.requests.length;
    const answered = await raw(
      [`POST /api/v3${theirs} HTTP/1.1`, "Host: x", `Authorization: token ${pass}`, ...lines],
      `${body}GET /api/v3/smuggled HTTP/1.1\r\nHost: x\r\nAuthorization: token ${pass}\r\n\r\n`,
    );
    expect(answered).toMatch(/^HTTP\/1\.1 400 /);
    expect(answered.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(origin.requests.slice(before).filter(({ path }) => /comments|smuggled/.test(path))).toEqual([]);
  });

  /** Sends bytes as they stand, and reads until the connection ends. */
  async function raw(lines: string[], body = ""): Promise<string> {
    const { hostname, port } = new URL(url);
    const socket = createConnection({ host: hostname, port: Number(port) });
    socket.setEncoding("latin1").on("error", () => undefined);
    let said = "";
    socket.on("data", (text) => {
      said += text;
    });
    // Not ended: a caller that has gone is not waited for, and may be gone before anything is sent on.
    socket.write(`${lines.join("\r\n")}\r\n\r\n${body}`, "latin1");
    await once(socket, "close");
    return said;
  }
});

describe("a token that has died", () => {
  const dies = (path: string) =>
    origin.on(path, (request, response) => {
      const times = arrived(path).length;
      if (times === 1) stack.sandbox.expireAccessToken("ada");
      request.resume().once("end", () => response.writeHead(times === 1 ? 401 : 200).end('{"ok":true}'));
    });
  const allowAnotherRefresh = () =>
    stack.database.query({ text: "UPDATE user_external_accounts SET forced_refresh_at = NULL", values: [] });

  test("is renewed, and what can be sent twice is sent twice", async () => {
    const theirs = await inSite("/again");
    dies(theirs);
    const answer = await ask("/repos/acme/site/again");
    expect({ status: answer.status, body: await answer.json() }).toEqual({ status: 200, body: { ok: true } });
    const tokens = arrived(theirs).map(({ headers }) => headers.authorization);
    expect(new Set(tokens).size).toBe(2);
  });

  test("is renewed, and a body that has streamed is not sent twice: its sender is asked to", async () => {
    await allowAnotherRefresh();
    const theirs = await inSite("/issues/1/comments");
    dies(theirs);
    const send = () =>
      ask("/repos/acme/site/issues/1/comments", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"body":"hello"}',
      });
    const first = await send();
    expect(first.headers.get("retry-after")).toBe("1");
    expect(await first.json()).toMatchObject({ status: 502, code: "provider_rejected" });
    expect(arrived(theirs)).toHaveLength(1);
    expect((await send()).status).toBe(200);
  });
});

describe("a large body", () => {
  const size = 64 * mebibyte;
  /** What buffers between three neighbours on one machine can hold. */
  const held = 32 * mebibyte;

  test("comes down as fast as its reader takes it, and is held nowhere", async () => {
    const piece = randomBytes(mebibyte);
    let sent = 0;
    origin.on(await inSite("/tarball"), async (_request, response) => {
      response.writeHead(200, { "content-length": String(size) });
      while (sent < size) {
        sent += piece.length;
        if (!response.write(piece)) await once(response, "drain");
      }
      response.end();
    });
    const answer = await get("/repos/acme/site/tarball");
    const hash = createHash("sha256");
    let read = 0;
    let ahead = 0;
    for await (const chunk of answer) {
      read += chunk.length;
      hash.update(chunk);
      // Everybody else gets on meanwhile.
      for (let turns = 0; turns < 8; turns++) await turn();
      ahead = Math.max(ahead, sent - read);
    }
    expect(read).toBe(size);
    expect(ahead).toBeLessThan(held);
    const whole = createHash("sha256");
    for (let count = 0; count < size / mebibyte; count++) whole.update(piece);
    expect(hash.digest("hex")).toBe(whole.digest("hex"));
  });

  test("goes up as fast as GitHub takes it, and is held nowhere", async () => {
    let received = 0;
    let ahead = 0;
    let sent = 0;
    origin.on(await inSite("/git/blobs"), async (request, response) => {
      for await (const chunk of request) {
        received += chunk.length;
        for (let turns = 0; turns < 8; turns++) await turn();
        ahead = Math.max(ahead, sent - received);
      }
      response.writeHead(201).end("{}");
    });
    const { hostname, port } = new URL(url);
    const headers = { authorization: `token ${pass}`, "content-type": "application/json", "content-length": size };
    const path = "/api/v3/repos/acme/site/git/blobs";
    const upload = connect({ hostname, port, method: "POST", path, headers });
    const answered: Promise<IncomingMessage[]> = once(upload, "response");
    const piece = randomBytes(mebibyte);
    while (sent < size) {
      sent += piece.length;
      if (!upload.write(piece)) await once(upload, "drain");
    }
    upload.end();
    const [answer] = await answered;
    expect({ status: answer?.statusCode, received }).toEqual({ status: 201, received: size });
    answer?.resume();
    expect(ahead).toBeLessThan(held);
  });

  test("is given up on GitHub's side when its reader has gone", async () => {
    const closed = Promise.withResolvers<void>();
    origin.on(await inSite("/endless"), async (_request, response) => {
      response.writeHead(200).once("close", () => closed.resolve());
      while (!response.destroyed) if (!response.write(randomBytes(1024))) await once(response, "drain").catch(() => 0);
    });
    const answer = await get("/repos/acme/site/endless");
    answer.destroy();
    await closed.promise;
  });

  async function get(path: string): Promise<IncomingMessage> {
    const { hostname, port } = new URL(url);
    const headers = { authorization: `token ${pass}` };
    const asked = connect({ hostname, port, path: `/api/v3${path}`, headers }).end();
    const [answer]: IncomingMessage[] = await once(asked, "response");
    if (!answer) throw new Error("no answer");
    return answer;
  }
});
