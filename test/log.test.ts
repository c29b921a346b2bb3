import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { request } from "@octokit/request";
import { beforeEach, expect, test } from "vitest";
import { newBotKey, newSecret } from "../src/actions/sign-in/secrets.ts";
import { generateMasterKey } from "../src/crypto/keyring.ts";
import { Problem } from "../src/errors.ts";
import { createLog, type Log } from "../src/log.ts";
import { ProviderFailure } from "../src/providers/failure.ts";
import { useNock } from "./harness/nocked.ts";

const nock = useNock();

const token = `ghu_${"A1b2".repeat(9)}`;
const refreshToken = `ghr_${"C3d4".repeat(19)}`;
const key = newBotKey();

let lines: string[];
let log: Log;

beforeEach(() => {
  lines = [];
  log = createLog({ level: "trace" }, { write: (line) => void lines.push(line) });
});

/** All that was logged, which must be whole lines of JSON and hold none of the secrets. */
function logged(...secrets: string[]): string {
  const text = lines.join("");
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(JSON.parse(line)).toHaveProperty("level");
  expect(text.split("\n")).toHaveLength(lines.length + 1);
  for (const secret of secrets) expect(text).not.toContain(secret);
  return text;
}

test("fields, messages and formatted arguments", () => {
  log.info({ token, deep: { list: [{ refreshToken }] } }, `used ${token}`);
  log.warn("key %s of %o", key, { token });
  log.child({ authorization: `Bearer ${key}` }).debug("bound");
  expect(logged(token, refreshToken, key)).toContain("ghu_[redacted]");
});

test("stack traces, and causes of causes", () => {
  const root = new Error(`GitHub said ${token}`);
  const failure = new ProviderFailure("unreachable", `no answer for ${refreshToken}`, { cause: root });
  const problem = new Problem("provider_unavailable", `try ${key} again`, { cause: failure });
  log.error({ err: problem }, "failed");
  log.error(problem);
  log.error({ err: new AggregateError([root, failure], `both with ${token}`) }, "many");
  const text = logged(token, refreshToken, key);
  expect(text).toContain("GitHub said ghu_[redacted]");
  expect(text).toContain("log.test.ts");
});

test("errors that carry the request and answer that they are about", async () => {
  const answer = { access_token: token, refresh_token: refreshToken, error: "bad" };
  nock("http://127.0.0.1:9").post(/.*/).reply(500, answer);
  const failure = await request("POST http://127.0.0.1:9/login/oauth/access_token", {
    headers: { authorization: `basic ${Buffer.from(`id:${key}`).toString("base64")}` },
    client_secret: "c0ffee-c0ffee-c0ffee",
    refresh_token: refreshToken,
    code: "0a1b2c3d4e5f60718293",
  }).catch((error) => error);
  log.error({ err: failure }, "the exchange failed");
  log.error({ err: new ProviderFailure("unreachable", "failed", { cause: failure }) }, "wrapped");
  const secrets = [token, refreshToken, key, "c0ffee-c0ffee-c0ffee", "0a1b2c3d4e5f60718293"];
  logged(...secrets, Buffer.from(`id:${key}`).toString("base64"));
});

test("addresses with codes and states, private keys, cookies and master keys", () => {
  const state = newSecret();
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const masterKey = generateMasterKey();
  log.info({ url: `/connect/github/callback?code=0a1b2c3d4e5f60718293&state=${state}`, pem }, pem);
  log.info({ err: new Error(`PRIVATE_KEY=${pem}`), ENCRYPTION_KEYS: masterKey, cookie: `onbehalf=${state}` }, "x");
  const middle = pem.split("\n").slice(1, -2);
  logged(state, "0a1b2c3d4e5f60718293", masterKey, masterKey.split(":")[1] ?? "", ...middle);
});

test("what an operator needs stays readable", () => {
  log.debug({ err: new Problem("delegation_required", "The person has not allowed it."), code: "delegation_required" });
  log.warn({ err: Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:5432"), { code: "ECONNREFUSED" }) });
  const text = logged();
  expect(text).toContain('"code":"delegation_required"');
  expect(text).toContain('"code":"ECONNREFUSED"');
});

test("standard output gets the same, when nothing else is named", () => {
  const script = `import { createLog } from "./src/log.ts";
    createLog({ level: "info" }).info({ token: process.argv[1] }, "used " + process.argv[1]);`;
  const printed = execFileSync(process.execPath, ["--input-type=module-typescript", "-e", script, token]).toString();
  expect(JSON.parse(printed)).toMatchObject({ token: "ghu_[redacted]", msg: "used ghu_[redacted]" });
});
