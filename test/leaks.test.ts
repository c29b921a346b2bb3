import { beforeAll, describe, expect, test } from "vitest";
import { newSecret } from "../src/actions/sign-in/secrets.ts";
import type { Browser } from "./harness/browser.ts";
import { fullRun } from "./harness/full-run.ts";
import { dumpDatabase, findLeaks, type Place } from "./harness/leak-search.ts";
import { useStack } from "./harness/use-stack.ts";

/*
 * Invariant 1: after a run in which everything happens that touches a token, none that GitHub ever issued, and no
 * other secret, stands in an answer, a page, a log line or the database.
 */

const stack = useStack({ environment: { ADMIN_USERS: "gh.583231" } });
let keys: string[];
let browsers: Browser[];
let invented: string[];

beforeAll(async () => {
  const bot = await stack.bot("deploy-bot");
  keys = [bot.key, (await stack.bot("host", "platform")).key];
  ({ browsers, invented } = await fullRun(stack, bot, keys[1] ?? ""));
});

function secrets(): string[] {
  const { app } = stack.sandbox;
  const masterKey = stack.environment.ENCRYPTION_KEYS?.split(":")[1] ?? "";
  const privateKey = app.privateKey.split("\n").filter((line) => line.length > 40 && !line.startsWith("-"));
  return [
    ...stack.sandbox.issuedTokens(),
    ...invented,
    ...keys,
    app.clientSecret,
    app.webhookSecret,
    ...privateKey,
    masterKey,
    Buffer.from(masterKey, "base64").toString("hex"),
  ];
}

/** What browsers keep in cookies and onbehalf gave them: it may stand in their answers' headers, and nowhere else. */
function cookies(): string[] {
  return browsers
    .flatMap((seen) => [...seen.seen.flatMap(({ headers }) => headers.getSetCookie()), ...[seen.cookies(stack.url)]])
    .flatMap((line) => /^onbehalf=([A-Za-z0-9_-]{43})/.exec(line)?.[1] ?? []);
}

const pages = (): Place[] =>
  browsers.flatMap(({ seen }) =>
    seen
      .filter(({ url }) => url.startsWith(stack.url))
      .map(({ url, text, headers }) => ({
        place: `the page ${new URL(url).pathname}`,
        text: `${text}\n${JSON.stringify([...headers])}`,
      })),
  );
const answers = (): Place[] =>
  stack.answers.map(({ body, headers }) => ({
    place: "an answer of the API",
    text: `${JSON.stringify(body)}\n${JSON.stringify([...headers])}`,
  }));
const log = (): Place[] => stack.log.map((text) => ({ place: "a log line", text }));

test("the run had everything in it that could leak", () => {
  const issued = stack.sandbox.issuedTokens();
  for (const prefix of ["ghu_", "ghr_", "ghs_"])
    expect(issued.filter((token) => token.startsWith(prefix)).length).toBeGreaterThan(0);
  expect(issued.length).toBeGreaterThan(25);
  expect(invented.length).toBeGreaterThan(10);
  expect(cookies().length).toBeGreaterThan(3);
  expect(new Set(secrets()).size).toBe(secrets().length);
  for (const secret of secrets()) expect(secret.length).toBeGreaterThanOrEqual(20);
  expect(pages().length).toBeGreaterThan(30);
  expect(log().length).toBeGreaterThan(100);
  const codes = stack.answers.map(({ body }) => body.code);
  for (const code of ["provider_unavailable", "provider_garbled", "provider_configuration", "account_revoked"]) {
    expect(codes).toContain(code);
  }
});

test("09 no page and no answer holds a token or another secret", () => {
  expect(findLeaks([...pages(), ...answers()], secrets())).toEqual([]);
});

test("20 no log line holds a secret, a cookie or a state", () => {
  const states = browsers.flatMap(({ seen }) => seen.map(({ url }) => new URL(url).searchParams.get("state") ?? ""));
  expect(states.filter(Boolean).length).toBeGreaterThan(5);
  expect(findLeaks(log(), [...secrets(), ...cookies(), ...states.filter(Boolean)])).toEqual([]);
});

test("a full dump of the database holds no secret, cookie or state", async () => {
  const states = browsers.flatMap(({ seen }) => seen.map(({ url }) => new URL(url).searchParams.get("state") ?? ""));
  const dump = await dumpDatabase(stack.databaseUrl);
  for (const table of [
    "user_external_accounts",
    "pending_connects",
    "pending_revocations",
    "audit_events",
    "commits",
    "oauth_transactions",
    "deliveries",
  ]) {
    expect(dump.filter(({ place }) => place === `table public.${table}`).length).toBeGreaterThan(0);
  }
  expect(findLeaks(dump, [...secrets(), ...cookies(), ...states.filter(Boolean)])).toEqual([]);
});

test("nor does it hold anything that a delivery says, whether it was handled or waits", async () => {
  const { rows } = await stack.database.query<{ state: string; sealed: boolean }>({
    text: "SELECT DISTINCT state, payload IS NOT NULL AS sealed FROM deliveries ORDER BY state",
  });
  expect(rows).toEqual([
    { state: "handled", sealed: false },
    { state: "received", sealed: true },
  ]);
  const words = [...invented, '"pull_request":', '"sender":', '"installation":'];
  expect(findLeaks(await dumpDatabase(stack.databaseUrl), words)).toEqual([]);
});

describe("the search finds a secret that is there", () => {
  const secret = () => stack.sandbox.issuedTokens()[0] ?? "";

  test.each([
    ["as text", () => secret()],
    ["within text", () => `before ${secret()} after`],
    ["in JSON within JSON", () => JSON.stringify({ body: JSON.stringify({ secret: `"${secret()}` }) })],
    ["in base64", () => Buffer.from(secret()).toString("base64")],
    ["in hex", () => Buffer.from(secret()).toString("hex")],
    ["in an address", () => `https://a.example/?x=${encodeURIComponent(secret())}`],
  ])("%s", (_how, planted) => {
    expect(findLeaks([...log(), { place: "planted", text: planted() }], secrets())).toContainEqual(
      expect.objectContaining({ place: "planted", secret: secret() }),
    );
  });

  test.each([
    ["a text", "INSERT INTO users (external_id) VALUES ($1::text)", "users", "external_id = $1::text"],
    [
      "bytes",
      "INSERT INTO browser_sessions (id, expires_at) VALUES ($1::text::bytea, now())",
      "browser_sessions",
      "id = $1::text::bytea",
    ],
    [
      "a field of JSON",
      "INSERT INTO audit_events (action, actor, result, detail) VALUES ('x', 'bot', 'failed', jsonb_build_object('a', $1::text))",
      "audit_events",
      "detail ->> 'a' = $1::text",
    ],
  ])("in the database as %s", async (_how, plant, table, where) => {
    const values = [secret()];
    await stack.database.query({ text: plant, values });
    const found = findLeaks(await dumpDatabase(stack.databaseUrl), secrets());
    await stack.database.query({ text: `DELETE FROM ${table} WHERE ${where}`, values });
    expect(found).toContainEqual(expect.objectContaining({ place: `table public.${table}`, secret: secret() }));
  });

  test("a secret that nobody knows is found nowhere", async () => {
    expect(findLeaks([...pages(), ...log(), ...(await dumpDatabase(stack.databaseUrl))], [newSecret()])).toEqual([]);
  });
});
