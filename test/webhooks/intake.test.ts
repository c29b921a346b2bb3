import { createHmac, randomUUID } from "node:crypto";
import { beforeEach, expect, test } from "vitest";
import { outcomeOf } from "../harness/deliveries.ts";
import { newcomer } from "../harness/people.ts";
import { accountOf, auditSince, lastAudit, rowsOf, stored } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

const stack = useStack();
let person: { login: string; id: number; userId: string };
beforeEach(async () => {
  const known = newcomer(stack);
  person = { ...known, userId: (await stack.connect(known.login)).userId };
  // The grant is dead: whatever is let in and believed ends the account.
  await stack.sandbox.revokeGrant(person.login, { deliver: false });
});

const revoked = () => JSON.stringify({ action: "revoked", sender: { id: person.id, login: person.login } });
const sign = (body: string | Buffer, secret = stack.sandbox.app.webhookSecret) =>
  `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;

interface Delivery {
  body?: string | Buffer<ArrayBuffer>;
  signature?: string | null;
  headers?: Record<string, string | null>;
}

async function deliver({ body = revoked(), signature = sign(body), headers = {} }: Delivery = {}) {
  const id = randomUUID();
  const all: Record<string, string | null> = {
    "content-type": "application/json",
    "x-github-event": "github_app_authorization",
    "x-github-delivery": id,
    "x-hub-signature-256": signature,
    ...headers,
  };
  const sent = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
  const response = await fetch(`${stack.url}/api/github/webhooks`, {
    method: "POST",
    body,
    headers: Object.fromEntries(sent),
  });
  const answer: unknown = await response.json();
  if (response.status === 202) expect(await outcomeOf(stack, id)).toMatchObject({ state: "handled", last_error: null });
  return { status: response.status, type: response.headers.get("content-type"), body: answer };
}

/** A delivery that is refused; nothing is stored, nothing is asked and nothing happens. */
async function refused(delivery: Delivery, expected: { status: number; code: string }) {
  const [before, audit] = [await stored(stack), await lastAudit(stack)];
  const deliveries = await rowsOf(stack, "deliveries");
  const asked = stack.sandbox.requests.length;
  const answer = await deliver(delivery);
  expect(answer).toMatchObject({ status: expected.status, body: { code: expected.code, status: expected.status } });
  expect(answer.type).toContain("application/problem+json");
  expect(await stored(stack)).toEqual(before);
  expect(await rowsOf(stack, "deliveries")).toEqual(deliveries);
  expect(await auditSince(stack, audit)).toEqual([]);
  expect(stack.sandbox.requests.length).toBe(asked);
}

const unsigned = { status: 401, code: "signature_invalid" };

test("a delivery with the right signature is believed", async () => {
  expect(await deliver()).toMatchObject({ status: 202 });
  expect(await accountOf(stack, person.userId)).toMatchObject({ state: "revoked" });
});

test("a delivery without a signature is refused", async () => {
  await refused({ signature: null }, unsigned);
  await refused({ signature: "" }, unsigned);
});

test("a signature by another secret, of another kind or of the wrong form is refused", async () => {
  await refused({ signature: sign(revoked(), "another secret") }, unsigned);
  await refused({ signature: sign(revoked(), "development") }, unsigned);
  await refused({ signature: sign(revoked()).replace("sha256=", "") }, unsigned);
  await refused({ signature: sign(revoked()).replace("sha256=", "sha1=") }, unsigned);
  await refused({ signature: `${sign(revoked())}00` }, unsigned);
  await refused({ signature: "sha256=" }, unsigned);
  const sha1 = createHmac("sha1", stack.sandbox.app.webhookSecret).update(revoked()).digest("hex");
  await refused({ signature: null, headers: { "x-hub-signature": `sha1=${sha1}` } }, unsigned);
});

test("a signature over other bytes is refused, also where they mean the same", async () => {
  await refused({ signature: sign(`${revoked()} `) }, unsigned);
  await refused({ body: revoked().replace(":", ": "), signature: sign(revoked()) }, unsigned);
  const other = { action: "revoked", sender: { id: person.id + 1 } };
  await refused({ signature: sign(JSON.stringify(other)) }, unsigned);
});

test("the raw bytes are what is signed: text outside ASCII and spaces make no difference", async () => {
  const body = `{ "action" : "revoked",\n "sender": {"id": ${person.id}, "login": "Ä\\u00e4 ∆"} }`;
  expect(await deliver({ body })).toMatchObject({ status: 202 });
  expect(await accountOf(stack, person.userId)).toMatchObject({ state: "revoked" });
});

test("an empty delivery is refused", async () => {
  await refused({ body: "", signature: sign("") }, unsigned);
});

test("one whose event or id is not named is refused", async () => {
  await refused({ headers: { "x-github-event": null } }, { status: 400, code: "bad_request" });
  await refused({ headers: { "x-github-delivery": null } }, { status: 400, code: "bad_request" });
  await refused({ headers: { "x-github-delivery": "x".repeat(201) } }, { status: 400, code: "bad_request" });
  await refused({ headers: { "x-github-event": "x".repeat(201) } }, { status: 400, code: "bad_request" });
});

test("a signed delivery that is no JSON object is refused", async () => {
  for (const body of ["{", "null", "[]", '"revoked"', `payload=${encodeURIComponent(revoked())}`]) {
    await refused({ body, signature: sign(body) }, { status: 400, code: "bad_request" });
  }
});

test("the content type makes no difference", async () => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/vnd.x+json; charset=utf-8"]) {
    expect(await deliver({ body: '{"zen":"x"}', headers: { "content-type": type, "x-github-event": "ping" } })).toEqual(
      expect.objectContaining({ status: 202 }),
    );
  }
});

test("events and actions that mean nothing to us are taken", async () => {
  const [before, asked] = [await stored(stack), stack.sandbox.requests.length];
  for (const [event, payload] of [
    ["ping", { zen: "Keep it logically awesome." }],
    ["star", { action: "created" }],
    ["never_heard_of_it", { action: "x" }],
    ["github_app_authorization", { action: "granted", sender: { id: person.id } }],
    ["installation", { action: "created", installation: { id: 1 } }],
  ] as const) {
    const body = JSON.stringify(payload);
    expect(await deliver({ body, headers: { "x-github-event": event } })).toMatchObject({ status: 202 });
  }
  expect(await stored(stack)).toEqual(before);
  expect(stack.sandbox.requests.length).toBe(asked);
});

/** A body of exactly that many bytes. */
function bodyOf(bytes: number): Buffer<ArrayBuffer> {
  const frame = '{"zen":""}';
  return Buffer.from(frame.replace('""', `"${"x".repeat(bytes - frame.length)}"`));
}

const cap = 25 * 1024 * 1024;

test("a delivery of GitHub's cap of 25 MB is taken", async () => {
  const body = bodyOf(cap);
  expect(body.length).toBe(cap);
  expect(await deliver({ body, headers: { "x-github-event": "ping" } })).toMatchObject({ status: 202 });
});

test("one byte more is refused, whatever its signature", async () => {
  const body = bodyOf(cap + 1);
  await refused({ body, headers: { "x-github-event": "ping" } }, { status: 413, code: "too_large" });
});

test("no cookie, key or origin is asked for, and none is set", async () => {
  const response = await fetch(`${stack.url}/api/github/webhooks`, {
    method: "POST",
    body: "{}",
    headers: {
      origin: "https://evil.example",
      "x-hub-signature-256": sign("{}"),
      "x-github-event": "ping",
      "x-github-delivery": randomUUID(),
    },
  });
  expect(response.status).toBe(202);
  expect(response.headers.getSetCookie()).toEqual([]);
});
