import { readFile } from "node:fs/promises";
import { describe, expect, test, vi } from "vitest";
import { faultsOf } from "../config/environment.ts";
import { committer } from "../harness/people.ts";
import { age } from "../harness/stored-account.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack({ environment: { ADMIN_USERS: "gh.583231" } });

async function look(url = stack.url, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/metrics`, { headers });
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
}

/** The samples of a metric, each with its labels as they are written. */
async function samples(name: string): Promise<Record<string, number>> {
  const { text } = await look();
  const found = [...text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)].filter(([, of]) => of === name);
  return Object.fromEntries(found.map(([, , labels = "", value]) => [labels, Number(value)]));
}

describe("the metrics", () => {
  test("count requests by route and status, never by what a caller wrote", async () => {
    const { key } = await stack.bot("counted-bot");
    await stack.call("GET", "/api/v1/users/gh.1/git-identity", { key });
    await stack.call("GET", "/no/such/place/at-all", {});
    await stack.call("PROPFIND", "/", {});
    expect(await samples("onbehalf_http_requests_total")).toMatchObject({
      'method="GET",route="/api/v1/users/:user/git-identity",status="404"': 1,
      'method="other",route="none",status="404"': 1,
    });
    expect(await samples("onbehalf_problems_total")).toMatchObject({ 'code="user_not_found"': 1 });
    expect((await samples("onbehalf_http_request_seconds_count"))['route="/api/v1/users/:user/git-identity"']).toBe(1);
  });

  test("count what was done in people's names, by attribution and reason", async () => {
    const person = await committer(stack);
    const acting = () => samples("onbehalf_acting_total");
    expect((await person.commit()).status).toBe(201);
    expect((await person.commit({ branch: "nowhere" })).body.code).toBe("branch_not_found");
    expect((await person.commit({ attribution: "app" })).status).toBe(201);
    await stack.sandbox.revokeGrant(person.login);
    await stack.sandbox.settled();
    const ended = async () => (await person.commit({ branch: "nowhere" })).body.code;
    await vi.waitFor(async () => expect(await ended()).toBe("account_revoked"), 10_000);
    expect((await person.commit({ attribution: "user-or-app" })).status).toBe(201);
    const of = (attribution: string, result: string, reason: string) =>
      `action="commit",attribution="${attribution}",result="${result}",reason="${reason}"`;
    expect(await acting()).toMatchObject({
      [of("user", "succeeded", "none")]: 1,
      [of("user", "failed", "branch_not_found")]: 1,
      [of("app", "succeeded", "none")]: 1,
      [of("app", "succeeded", "account_revoked")]: 1,
    });
  });

  test("count refreshes by result, with their time", async () => {
    const person = await committer(stack);
    await age(stack, person.userId, "expired");
    await person.commit();
    await stack.sandbox.revokeGrant(person.login, { deliver: false });
    await age(stack, person.userId, "expired");
    expect((await person.commit()).body.code).toBe("account_revoked");
    expect(await samples("onbehalf_refreshes_total")).toEqual({
      'provider="github",result="renewed"': 1,
      'provider="github",result="refused"': 1,
    });
    expect(await samples("onbehalf_refresh_seconds_count")).toEqual({ 'provider="github"': 2 });
  });

  test("tell how things stand: accounts, queues, connections, deliveries and what runs", async () => {
    const person = await committer(stack);
    await stack.sandbox.revokeGrant(person.login);
    await stack.sandbox.settled();
    await vi.waitFor(async () => {
      const done = await samples("onbehalf_deliveries_total");
      expect(done['provider="github",result="handled"']).toBeGreaterThan(0);
    }, 10_000);
    const url = (await stack.replica()).url;
    const { text, type, status } = await look(url);
    expect([status, type]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
    const { rows } = await stack.database.query<{ line: string }>({
      text: `SELECT format('onbehalf_accounts{provider="%s",state="%s"} %s', provider, state, count(*)) AS line
        FROM user_external_accounts GROUP BY provider, state`,
    });
    for (const { line } of rows) expect(text).toContain(`${line}\n`);
    for (const queue of ["deliveries", "pending_revocations", "events", "audit"]) {
      expect(text).toMatch(new RegExp(`^onbehalf_queue_depth\\{queue="${queue}",state="waiting"\\} \\d+$`, "m"));
      expect(text).toMatch(
        new RegExp(`^onbehalf_queue_oldest_seconds\\{queue="${queue}",state="waiting"\\} [\\d.]+$`, "m"),
      );
    }
    expect(text).toMatch(/^onbehalf_database_connections\{state="total"\} [1-9]/m);
    expect(text).toMatch(/^onbehalf_build_info\{version="\d+\.\d+\.\d+",node="24\.[\d.]+"\} 1$/m);
    expect(text).toContain("onbehalf_database_up 1\n");
  });

  test("are all that the dashboard asks for, with the labels that it groups by", async () => {
    // Of what has not happened yet there is no sample: its help says that it is there.
    const { text } = await look();
    const known = new Set(
      [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name = "", type]) => {
        return type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
      }),
    );
    const dashboard = await readFile(new URL("../../deploy/grafana.json", import.meta.url), "utf8");
    const asked = [...dashboard.matchAll(/"(?:expr|query)": "(.*)"/g)].flatMap(([, query = ""]) => [
      ...query.matchAll(/\b((?:onbehalf|process|nodejs)_\w+)/g),
    ]);
    const names = new Set(asked.map(([, name = ""]) => name));
    expect(names.size).toBeGreaterThan(15);
    expect([...names].filter((name) => !known.has(name))).toEqual([]);
    const shown = [...known].map((name) => name.replace(/_(sum|count)$/, "_bucket"));
    expect([...new Set(shown)].filter((name) => !names.has(name))).toEqual([]);
    for (const [, labels = "", name = ""] of dashboard.matchAll(/by \(([\w, ]+)\) \((?:rate\()?(\w+)/g)) {
      const sample = new RegExp(`^${name}\\{(.*)\\}`, "m").exec(text)?.[1];
      for (const label of sample === undefined ? [] : labels.split(", ")) expect(sample).toContain(`${label}="`);
    }
  });

  test("name nobody, no repository and no bot", async () => {
    const labels = (await look()).text.match(/\{.*\}/g)?.join("\n");
    const { rows } = await stack.database.query<{ name: string }>({
      text: "SELECT login AS name FROM identities UNION SELECT name FROM bots UNION SELECT id::text FROM users",
    });
    expect(rows.length).toBeGreaterThan(3);
    for (const { name } of [...rows, { name: "acme" }, { name: "583231" }]) expect(labels).not.toContain(name);
  });
});

describe("a request's id", () => {
  test("reaches GitHub, every log line and the audit log, from whichever route", async () => {
    const person = await committer(stack);
    const capabilities = ["commit", "pull-request"];
    await stack.delegate(`gh.${person.id}`, `bot-of-${person.login}`, [person.repository], [], capabilities);
    await age(stack, person.userId, "expired");
    const [before, line] = [stack.sandbox.requests.length, stack.log.length];
    const answer = await person.commit({
      pull_request: { title: "A title", base: "main" },
      branch: "new",
      base: "main",
    });
    expect(answer.status).toBe(201);
    const id = answer.headers.get("x-request-id");
    const sent = stack.sandbox.requests.slice(before);
    expect(sent.map(({ operation }) => operation)).toContain("refresh");
    expect(sent.map(({ requestId }) => requestId)).toEqual(sent.map(() => id));
    const lines = stack.log.slice(line).map((text) => JSON.parse(text));
    expect(lines.filter(({ reqId }) => reqId === id).map(({ msg }) => msg)).toContain("request");
    expect(stack.log.slice(line).filter((text) => text.split('"reqId"').length > 2)).toEqual([]);
    const { rows } = await stack.database.query({
      text: "SELECT action FROM audit_events WHERE request_id = $1 ORDER BY id",
      values: [id],
    });
    expect(rows).toEqual([{ action: "commit" }, { action: "pull_request" }]);
  });

  test("reaches GitHub from the look-alike, where the caller's own is not passed on", async () => {
    const person = await committer(stack);
    await stack.delegate(`gh.${person.id}`, `bot-of-${person.login}`, [person.repository], [], ["api:read"]);
    const pass = await stack.call("POST", "/api/v1/passes", {
      key: person.key,
      body: { user: `gh.${person.id}`, repositories: [person.repository], capabilities: ["api:read"], expires_in: 600 },
    });
    const answer = await stack.call("GET", `/api/v3/repos/${person.repository}`, {
      key: String(pass.body.pass),
      headers: { "x-request-id": "the-caller-s-own" },
    });
    expect(answer.status).toBe(200);
    expect(stack.sandbox.requests.at(-1)).toMatchObject({ requestId: answer.headers.get("x-request-id"), status: 200 });
    expect(answer.headers.get("x-request-id")).not.toBe("the-caller-s-own");
    const { text } = await look();
    expect(text).toMatch(/^onbehalf_proxy_bytes_total\{surface="look-alike",direction="sent"\} [1-9]/m);
    expect(text).toMatch(/^onbehalf_proxy_bytes_total\{surface="look-alike",direction="received"\} [1-9]/m);
  });

  test("stands on lines about a body that can't be read", async () => {
    const { key } = await stack.bot("sends-rubbish");
    const answer = await stack.call("POST", "/api/v1/commits", { key, body: "{" });
    const id = answer.headers.get("x-request-id");
    const lines = stack.log.filter((text) => text.includes(`"reqId":"${id}"`)).map((text) => JSON.parse(text).msg);
    expect(lines).toEqual(["request refused", "request"]);
  });

  test("is a delivery's own where a delivery is worked on", async () => {
    const person = await committer(stack);
    await stack.sandbox.revokeGrant(person.login);
    await stack.sandbox.settled();
    const { rows } = await stack.database.query<{ id: string }>({
      text: "SELECT delivery_id AS id FROM deliveries ORDER BY received_at DESC LIMIT 1",
    });
    const asked = () => stack.sandbox.requests.filter(({ requestId }) => requestId === rows[0]?.id);
    await vi.waitFor(() => expect(asked().length).toBeGreaterThan(0), 10_000);
  });
});

describe("readiness", () => {
  const ready = async () => {
    const { status, headers, body } = await stack.call("GET", "/readyz");
    return { status, body, retryAfter: headers.get("retry-after") };
  };
  const ok = { database: "ok", migrations: "ok", keys: "ok" };

  test("looks at the database, its migrations and the keys", async () => {
    expect(await ready()).toMatchObject({ status: 200, body: { status: "ready", checks: ok } });
  });

  test("names migrations that this version needs and the database lacks, and takes those of a newer one", async () => {
    const rename = (from: string, to: string) =>
      stack.database.query({ text: "UPDATE knex_migrations SET name = $2 WHERE name = $1", values: [from, to] });
    await rename("015_events", "999_of_the_next_version");
    try {
      const { status, body, retryAfter } = await ready();
      expect([status, body.code, retryAfter]).toEqual([503, "not_ready", "5"]);
      expect(body.checks).toEqual({ ...ok, migrations: "Not applied: 015_events. A start applies them." });
      await stack.database.query({ text: "INSERT INTO knex_migrations (name, batch) VALUES ('015_events', 1)" });
      expect(await ready()).toMatchObject({ status: 200, body: { checks: ok } });
    } finally {
      await stack.database.query({ text: "DELETE FROM knex_migrations WHERE name LIKE '999%'" });
    }
  });

  test("names a key that rows are sealed with and this process lacks, and none that nothing needs", async () => {
    const values = ["k-next", Buffer.alloc(32)];
    await stack.database.query({ text: "INSERT INTO encryption_keys (id, check_value) VALUES ($1, $2)", values });
    expect(await ready()).toMatchObject({ status: 200 });
    const person = await committer(stack);
    const seal = (key: string) =>
      stack.database.query<{ before: string }>({
        text: `UPDATE user_external_accounts a SET key_id = $2 FROM user_external_accounts b
          WHERE b.id = a.id AND a.user_id = $1 RETURNING b.key_id AS before`,
        values: [person.userId, key],
      });
    const before = (await seal("k-next")).rows[0]?.before ?? "";
    expect(await ready()).toMatchObject({
      status: 503,
      body: { code: "not_ready", checks: { ...ok, keys: expect.stringContaining("k-next") } },
    });
    await seal(before);
    expect((await ready()).status).toBe(200);
  });
});

describe("who may read them", () => {
  test("without a token this machine alone: for a proxy's callers there is no such page", async () => {
    expect((await look()).status).toBe(200);
    for (const header of ["x-forwarded-for", "forwarded", "via", "x-real-ip"]) {
      const { status, text } = await look(stack.url, { [header]: "127.0.0.1" });
      expect([status, JSON.parse(text).code]).toEqual([404, "not_found"]);
    }
  });

  test("with METRICS_TOKEN whoever sends it, from wherever", async () => {
    const token = "correct-horse-battery";
    const { url } = await stack.replica({ METRICS_TOKEN: token });
    expect((await look(url, { authorization: `Bearer ${token}`, via: "a proxy" })).status).toBe(200);
    const refused = async (headers: Record<string, string>) => {
      const { status, text } = await look(url, headers);
      return [status, JSON.parse(text).code];
    };
    expect(await refused({})).toEqual([401, "key_missing"]);
    expect(await refused({ authorization: `Bearer ${token}x` })).toEqual([401, "key_invalid"]);
    for (let tries = 0; tries < 60; tries++) await look(url);
    expect(await refused({ authorization: "Bearer another-guess-of-it" })).toEqual([429, "rate_limited"]);
    expect((await look(url, { authorization: `Bearer ${token}` })).status).toBe(200);
  });

  test("METRICS_TOKEN is too long to guess, and not shown when it isn't", () => {
    const faults = faultsOf({ METRICS_TOKEN: "short" });
    expect(faults).toEqual([expect.stringMatching(/^METRICS_TOKEN is shorter than 16 characters/)]);
    expect(faults.join()).not.toContain('"short"');
  });
});
