import { generateKeyPairSync, randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { newBotKey, newSecret } from "../src/actions/sign-in/secrets.ts";
import { generateMasterKey } from "../src/crypto/keyring.ts";
import { redact } from "../src/redact.ts";

const letters = (length: number) => randomBytes(length).toString("hex").slice(0, length);
const jwt = `eyJ${letters(30)}.eyJ${letters(60)}.${newSecret()}`;
const pem = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs1", format: "pem" });
const privateKey = pem.toString();
const secretLines = privateKey.split("\n").slice(1, -2);

/** Every shape of token that GitHub gives out, and ours. */
const tokens: [what: string, secret: string][] = [
  ["a person's token", `ghu_${letters(36)}`],
  ["a longer person's token", `ghu_${letters(40)}`],
  ["a refresh token", `ghr_${letters(76)}`],
  ["an installation token of old", `ghs_${letters(36)}`],
  ["an installation token of now, with a JWT in it", `ghs_1204_${letters(36)}.${letters(300)}.${letters(160)}-_x`],
  ["a classic personal token", `ghp_${letters(36)}`],
  ["an OAuth app's token", `gho_${letters(36)}`],
  ["a fine-grained personal token", `github_pat_${letters(22)}_${letters(59)}`],
  ["a refresh token of amoCRM's", `def50200${letters(600)}`],
  ["the app's JWT", jwt],
  ["a bot's key", newBotKey()],
  ["a pass", `obp_${newSecret()}`],
  ["a master key", generateMasterKey()],
  ["a secret that signs events", `whsec_${randomBytes(32).toString("base64")}`],
];

/** Where a secret can stand, as a text around it. */
const places: [where: string, around: (secret: string) => string][] = [
  ["alone", (secret) => secret],
  ["in a sentence", (secret) => `GitHub did not accept ${secret}, try again`],
  ["in a field", (secret) => JSON.stringify({ level: 30, token: secret, msg: "x" })],
  ["in JSON within JSON", (secret) => JSON.stringify({ msg: JSON.stringify({ body: JSON.stringify({ secret }) }) })],
  ["in a header", (secret) => JSON.stringify({ headers: { authorization: `Bearer ${secret}` } })],
  ["in a stack trace", (secret) => JSON.stringify({ err: { stack: `Error: bad ${secret}\n    at x (y.ts:1:2)` } })],
  ["in an address", (secret) => `GET https://example.com/?access_token=${secret}&x=1`],
  ["in an address within an address", (secret) => `/?return_to=%2Fcb%3Ftoken%3D${secret}%26x`],
  ["as the password of an address", (secret) => `git clone https://x-access-token:${secret}@github.com/a/b.git`],
  ["as the user of an address", (secret) => `git clone https://${secret}@github.com/a/b.git`],
  [
    "on a line of its own",
    (secret) => JSON.stringify({ msg: `x\n${secret}\ny`, nested: JSON.stringify(`\n${secret}`) }),
  ],
  ["between quotes", (secret) => `'${secret}'`],
  ["as a command's argument", (secret) => `--token=${secret}`],
];

test.each(tokens)("%s is found wherever it stands", (_what, secret) => {
  for (const [, around] of places) {
    const redacted = redact(around(secret));
    for (const part of parts(secret)) expect(redacted).not.toContain(part);
    expect(redacted).toContain("redacted");
  }
});

/** A secret counts as found only if no long piece of it is left. */
function parts(secret: string): string[] {
  const pieces = secret.split(/[._:]/).filter((piece) => piece.length >= 16);
  return [secret, ...pieces, ...pieces.map((piece) => piece.slice(-12))];
}

test("a line stays JSON, whatever is taken out of it", () => {
  for (const [, secret] of [...tokens, ["", privateKey], ["", "postgres://a:b@c/d"]]) {
    for (const value of [secret, `x ${secret} "y"`, { code: secret, state: secret }, { refresh_token: secret }]) {
      const line = JSON.stringify({
        level: 30,
        value,
        nested: JSON.stringify({ value, url: `?code=${secret}` }),
        end: 1,
      });
      expect(JSON.parse(redact(line))).toMatchObject({ level: 30, end: 1 });
    }
  }
});

test.each([
  ["as it is", privateKey],
  ["with escaped line breaks", privateKey.replaceAll("\n", "\\n")],
  ["in a field", JSON.stringify({ key: privateKey, msg: "x" })],
  ["in JSON within JSON", JSON.stringify({ msg: JSON.stringify({ key: privateKey }) })],
  ["of PKCS 8", privateKey.replaceAll("RSA PRIVATE KEY", "PRIVATE KEY")],
  ["cut off before its end", privateKey.slice(0, -60)],
  ["cut off in a field", JSON.stringify({ msg: privateKey.slice(0, -60), next: "is kept" })],
])("a private key is taken out whole: %s", (_how, text) => {
  const redacted = redact(text);
  for (const line of secretLines) expect(redacted).not.toContain(line);
  expect(redacted).toContain("[redacted private key]");
  if (text.includes("is kept")) expect(redacted).toContain("is kept");
});

test("a private key in one piece of base64 is taken out", () => {
  const encoded = Buffer.from(privateKey).toString("base64");
  expect(redact(`PRIVATE_KEY=${encoded} is no key`)).toBe("PRIVATE_KEY=[redacted private key] is no key");
});

test.each([
  ["/connect/github/callback?code=4f2b9c&state=abc", "/connect/github/callback?code=[redacted]&state=[redacted]"],
  ["https://a.example/cb?x=1&state=s_-9&code=1", "https://a.example/cb?x=1&state=[redacted]&code=[redacted]"],
  ["/?return_to=%2Fcb%3Fcode%3Dabcdef%26state%3Dxyz", "/?return_to=%2Fcb%3Fcode%3D[redacted]%26state%3D[redacted]"],
  ["grant_type=x&refresh_token=r&client_secret=c", "grant_type=x&refresh_token=[redacted]&client_secret=[redacted]"],
  ["code=0123456789abcdef&redirect_uri=x", "code=[redacted]&redirect_uri=x"],
  ["https://app.example/back?connect_code=abc", "https://app.example/back?connect_code=[redacted]"],
  ['{"code_verifier":"v","code":"0a1b2c3d4e5f"}', '{"code_verifier":"[redacted]","code":"[redacted]"}'],
  ["{ code: '0a1b2c3d4e5f', client_secret: 's' }", "{ code: '[redacted]', client_secret: '[redacted]' }"],
  ['{\\"state\\":\\"Zm9vYmFyYmF6\\"}', '{\\"state\\":\\"[redacted]\\"}'],
])("what an OAuth redirect or request carries is taken out: %s", (text, expected) => {
  expect(redact(text)).toBe(expected);
});

test.each([
  [`Basic ${Buffer.from("Iv23li:0123456789abcdef").toString("base64")}`, "Basic [redacted]"],
  [`authorization: basic ${Buffer.from(`x:${newBotKey()}`).toString("base64")}`, "authorization: basic [redacted]"],
  [`Authorization: token ${letters(40)}`, "Authorization: token [redacted]"],
  ["Bearer ya29.a0AfB_byC-1234567890", "Bearer [redacted]"],
  ["postgres://onbehalf:p%40ss@127.0.0.1:5432/x", "postgres://onbehalf:[redacted]@127.0.0.1:5432/x"],
  [`cookie: onbehalf=${newSecret()}; a=b`, "cookie: onbehalf=[redacted]; a=b"],
  [`cookie: onbehalf-setup=${newSecret()}`, "cookie: onbehalf-setup=[redacted]"],
  ["http://127.0.0.1:3000/setup?token=abc", "http://127.0.0.1:3000/setup?token=[redacted]"],
  ["/setup?handover=abc", "/setup?handover=[redacted]"],
  [`set-cookie: __Host-onbehalf=${newSecret()}; Path=/`, "set-cookie: __Host-onbehalf=[redacted]; Path=/"],
])("credentials of headers and addresses are taken out: %s", (text, expected) => {
  expect(redact(text)).toBe(expected);
});

test.each([
  '{"level":20,"code":"delegation_required","msg":"request refused"}',
  '{"err":{"type":"DatabaseError","code":"23505"},"code":"provider_configuration"}',
  '{"err":{"code":"ECONNREFUSED"},"state":"active"}',
  '{"err":{"code":"FST_ERR_CTP_BODY_TOO_LARGE"}}',
  '{"refresh_token":null,"access_token":true,"refresh_token_expires_in":15897600}',
  '{"has_token":false,"provider":"github","version":3}',
  '{"url":"http://127.0.0.1:3000","email":"ada@example.com"}',
  'ENCRYPTION_KEYS: key "k0123456789ab" has other bytes than the key that this database knows by that id.',
  "the token is expired and the basic check failed",
  "4f2b9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6b",
  "refs/heads/job_pending_revocations_of_a_long_name",
  "The process ended (exit code=1, state=done)",
])("what is no secret stays: %s", (text) => {
  expect(redact(text)).toBe(text);
});

test("bytes are taken out, whatever they say", () => {
  const raw = Buffer.from(`GET / HTTP/1.1\r\nAuthorization: Bearer ${newBotKey()}\r\n`);
  const line = redact(JSON.stringify({ err: { rawPacket: raw }, nested: JSON.stringify({ raw }), end: 1 }));
  expect(JSON.parse(line)).toEqual({ err: { rawPacket: "[bytes]" }, nested: '{"raw":"[bytes]"}', end: 1 });
  expect(redact(inspect({ raw }))).toBe("{\n  raw: <Buffer>\n}");
});

test.each([
  "eyJ",
  "-----BEGIN PRIVATE KEY-----",
  "-----BEGIN PRIVATE KEY-----\\",
  "\\",
  "://:",
  "password",
  "token ",
  '{\\"',
  "<Buffer ",
])("what a stranger sends costs no time: %s, again and again", (unit) => {
  const text = unit + (unit.endsWith("-----\\") ? "\\" : unit).repeat(200_000 / unit.length);
  const started = performance.now();
  redact(text);
  expect(performance.now() - started).toBeLessThan(2000);
});

test("long lines are no burden", () => {
  const line = JSON.stringify({ msg: "://a:b ghu_ code: state= token -----BEGIN ".repeat(20_000) });
  expect(redact(line).length).toBeGreaterThan(100_000);
});
