import { Validator } from "@seriousme/openapi-schema-validator";
import { beforeAll, describe, expect, test } from "vitest";
import type { Caller } from "../../src/http/openapi/operation.ts";
import { emptyFolder, onbehalf } from "../cli/onbehalf.ts";
import { type ApiDocument, type Operation, readApiDocument, type Sent } from "../harness/api-document.ts";
import { location, ownForm } from "../harness/authorization.ts";
import { Browser } from "../harness/browser.ts";
import { newcomer } from "../harness/people.ts";
import { expectProblem } from "../harness/problem.ts";
import { rowsOf } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const document: ApiDocument = await readApiDocument();
const { operations } = document;
const asSent: unknown = JSON.parse(JSON.stringify(document.whole));
const stack = useStack({ environment: { RETURN_TO_ORIGINS: "https://host.example" } });
const keys: Record<Caller, string> = { bot: "", platform: "", pass: "" };
const schemes: Record<string, Caller> = { botKey: "bot", platformKey: "platform", pass: "pass" };
let mirrored: string;
let removed: string;
let passId: string;

beforeAll(async () => {
  await stack.connect("ada");
  keys.bot = (await stack.bot("deploy-bot")).key;
  keys.platform = (await stack.bot("host", "platform")).key;
  await stack.delegate("gh.583231", "deploy-bot", ["acme/*"], [], ["commit", "pull-request"]);
  for (const user of ["ext.idle", "ext.guest", "ext.leaving", "ext.erased"]) {
    await stack.call("PUT", `/api/v1/users/${user}`, { key: keys.platform });
  }
  const pass = await stack.call("POST", "/api/v1/passes", { key: keys.bot, body: exampleOf("createPass") });
  keys.pass = String(pass.body.pass);
  const other = await stack.call("POST", "/api/v1/passes", { key: keys.bot, body: exampleOf("createPass") });
  passId = String(other.body.id);
  const register = async (repository: string) => {
    const body = { repository, synced_by: "gh.583231" };
    return String((await stack.call("PUT", "/api/v1/repositories", { key: keys.platform, body })).body.id);
  };
  await stack.sandbox.addRepository("acme/left", { files: { "README.md": "Left\n" } });
  await stack.sandbox.addRepository("acme/new", { files: { "README.md": "New\n" } });
  [mirrored, removed] = [await register("acme/site"), await register("acme/left")];
});

interface Call {
  /** What stands in the address for its parameters. */
  at?: Record<string, string>;
  query?: string;
  body?: unknown;
  headers?: Record<string, string>;
  status: number;
}

const ada = { user: "gh.583231" };
/** How each operation is called: for each status with which it can succeed once. */
const calls: Record<string, () => Call[] | Promise<Call[]>> = {
  commit: () => [{ body: exampleOf("commit"), headers: { "idempotency-key": "once" }, status: 201 }],
  getGitIdentity: () => [{ at: ada, query: "?provider=github", status: 200 }],
  createPass: () => [{ body: exampleOf("createPass"), status: 201 }],
  endPass: () => [{ at: { id: passId }, status: 204 }],
  putUser: () => [
    { at: { user: "ext.new" }, body: {}, status: 201 },
    { at: { user: "ext.new" }, status: 200 },
  ],
  listAccounts: () => [{ at: ada, status: 200 }],
  createConnectLink: () => [{ at: { user: "ext.idle" }, body: { provider: "github" }, status: 201 }],
  completeConnect: async () => [
    { at: { user: "ext.guest" }, body: { code: await connectByLink("guest") }, status: 200 },
  ],
  deactivateUser: () => [{ at: { user: "ext.leaving" }, status: 202 }],
  eraseUser: () => [{ at: { user: "ext.erased" }, status: 202 }],
  disconnectAccount: () => [{ at: { user: "ext.idle", provider: "github" }, status: 202 }],
  listDelegations: () => [{ query: "?user=gh.583231&limit=1", status: 200 }],
  listAuditEvents: () => [{ query: "?user=%40ada&limit=2", status: 200 }],
  putRepository: () => [
    { body: { repository: "acme/new", every: 3600 }, status: 201 },
    { body: { repository: "acme/site" }, status: 200 },
  ],
  listRepositories: () => [{ query: "?limit=1", status: 200 }],
  syncRepository: () => [{ at: { id: mirrored }, body: {}, status: 202 }],
  listSyncs: () => [{ at: { id: mirrored }, status: 200 }],
  deleteRepository: () => [{ at: { id: removed }, status: 204 }],
  isAlive: () => [{ status: 200 }],
  isReady: () => [{ status: 200 }],
};

/** Connects a newcomer by a link, as far as the code that the platform is to send. */
async function connectByLink(externalId: string): Promise<string> {
  const { login } = newcomer(stack);
  const browser = new Browser();
  const { body } = await stack.call("POST", `/api/v1/users/ext.${externalId}/connect-links`, {
    key: keys.platform,
    body: { provider: "github", return_to: "https://host.example/connected" },
  });
  const consent = await browser.submit(await browser.open(String(body.url)), "Continue to GitHub");
  const page = await browser.submit(consent, "Authorize", { login, action: "authorize" });
  const sent = await browser.request(`${page.url}/confirm`, { method: "POST", headers: ownForm });
  return location(sent).searchParams.get("connect_code") ?? "";
}

function exampleOf(operationId: string): unknown {
  const operation = operations.find((one) => one.operationId === operationId);
  return operation?.requestBody?.content["application/json"]?.example;
}

const callersOf = (operation: Operation) =>
  (operation.security ?? []).flatMap((scheme) => Object.keys(scheme)).flatMap((name) => schemes[name] ?? []);

async function send(operation: Operation, call: Omit<Call, "status">, key?: string) {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => call.at?.[name] ?? "missing");
  const { body, headers = {} } = call;
  const options = { headers, ...(key && { key }), ...(body !== undefined && { body }) };
  return stack.call(operation.method, `${path}${call.query ?? ""}`, options);
}

/** The first way to call it. */
async function usual({ operationId }: Operation): Promise<Call> {
  if (operationId === "completeConnect") return { at: { user: "ext.guest" }, body: { code: "none" }, status: 404 };
  return (await calls[operationId]?.())?.[0] ?? { status: 0 };
}
const sent = ({ status, headers, body }: Sent): Sent => ({
  status,
  headers,
  body: headers.get("content-type") === null ? null : body,
});
const named = operations.map((operation) => [operation.operationId, operation] as const);
const withKey = named.filter(([, operation]) => callersOf(operation).length > 0);

describe("the document", () => {
  test("is valid OpenAPI 3.1, and the same that is served", async () => {
    const served: unknown = await (await fetch(`${stack.url}/docs/openapi.json`)).json();
    expect(served).toEqual(asSent);
    const validator = new Validator();
    expect(await validator.validate({ ...document.whole })).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
  });

  test("is printed by a command that needs neither configuration nor database", async () => {
    const { code, out, err } = await onbehalf(["openapi", "--json"], { cwd: await emptyFolder() });
    expect({ code, err, document: JSON.parse(out) }).toEqual({ code: 0, err: "", document: asSent });
  });

  test("is shown to everybody as a page, with each operation, its fields and its codes", async () => {
    const answer = await fetch(`${stack.url}/docs`);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    const page = await answer.text();
    const shown = [...page.matchAll(/<h3 id="([^"]+)"/g)].map(([, id]) => id);
    expect(shown.sort()).toEqual(named.map(([id]) => id).sort());
    for (const words of ["expected_head", "head_moved", "openapi.json", "a bot&#39;s key or a pass"]) {
      expect(page).toContain(words);
    }
    expect(page).not.toMatch(/undefined|\[object/);
  });

  test("says of each operation what it is for, who may call it and what it answers", () => {
    expect(new Set(named.map(([id]) => id)).size).toBe(operations.length);
    expect(Object.keys(calls).sort()).toEqual(named.map(([id]) => id).sort());
    for (const { operationId, summary, tags, path, security, responses } of operations) {
      expect(summary, operationId).toMatch(/^[A-Z].{8,}[^.]$/);
      expect(document.areas, operationId).toContain(tags[0]);
      expect(security !== undefined && security.length > 0, operationId).toBe(path.startsWith("/api/"));
      for (const { description } of Object.values(responses)) expect(description).not.toBe("Default Response");
    }
  });

  test("gives examples that it would take itself", () => {
    const examples = operations.filter(({ operationId }) => exampleOf(operationId) !== undefined);
    expect(examples.map(({ operationId }) => operationId)).toEqual(["commit", "createPass"]);
    for (const operation of examples)
      expect(document.faultOfBody(operation, exampleOf(operation.operationId))).toBeNull();
  });
});

describe.each(named)("%s", (operationId, operation) => {
  test("takes and answers what the document says", async () => {
    const [caller] = callersOf(operation);
    const ways = (await calls[operationId]?.()) ?? [];
    for (const { status, ...call } of ways) {
      if (operation.requestBody?.required) expect(document.faultOfBody(operation, call.body)).toBeNull();
      const answer = await send(operation, call, caller && keys[caller]);
      expect([answer.status, document.faultOf(operation, sent(answer))]).toEqual([status, null]);
    }
    const promised = Object.keys(operation.responses).filter((status) => status.startsWith("2"));
    expect(ways.map(({ status }) => String(status)).sort()).toEqual(promised);
  });
});

describe.each(withKey)("%s", (_id, operation) => {
  test("takes the keys that the document names, and no others", async () => {
    const may = callersOf(operation);
    for (const [caller, key] of Object.entries(keys)) {
      if (may.some((one) => one === caller)) continue;
      const answer = await send(operation, await usual(operation), key);
      expectProblem(answer, 403, "key_kind");
      expect(document.faultOf(operation, answer)).toBeNull();
    }
    for (const caller of may.slice(1)) {
      const answer = await send(operation, await usual(operation), keys[caller]);
      expect(answer.body.code).not.toBe("key_kind");
      expect(document.faultOf(operation, sent(answer))).toBeNull();
    }
    for (const [key, code] of [
      [undefined, "key_missing"],
      [`ob_${"x".repeat(43)}`, "key_invalid"],
    ] as const) {
      const answer = await send(operation, await usual(operation), key);
      expectProblem(answer, 401, code);
      expect(document.faultOf(operation, answer)).toBeNull();
    }
  });

  test("refuses a field or parameter that the document doesn't name, and changes nothing", async () => {
    const before = await rowsOf(stack, "audit_events");
    const [caller = "bot"] = callersOf(operation);
    const call = await usual(operation);
    const more = { ...(typeof call.body === "object" ? call.body : {}), expected_haed: "x" };
    if (operation.requestBody) expect(document.faultOfBody(operation, more)).toMatch(/additional properties/);
    const query = `${call.query ?? "?"}&expected_haed=x`;
    const answer = await send(
      operation,
      operation.method === "GET" ? { ...call, query } : { ...call, body: more },
      keys[caller],
    );
    expectProblem(answer, 400, "unknown_field", { detail: /"expected_haed"/ });
    expect(document.faultOf(operation, answer)).toBeNull();
    const actions = (rows: typeof before) => rows.filter(({ action }) => action !== "sync").length;
    expect(actions(await rowsOf(stack, "audit_events"))).toBe(actions(before));
  });
});
