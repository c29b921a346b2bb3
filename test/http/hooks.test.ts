import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { requireMasterKeys } from "../../src/config/encryption-keys.ts";
import { createKeyring } from "../../src/crypto/keyring.ts";
import { ForgedEvent } from "../../src/providers/forgery.ts";
import type { ProviderEvent } from "../../src/providers/hook.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { storeConnectedAccount } from "../../src/store/accounts/store-connected.ts";
import { useStack } from "../harness/use-stack.ts";

/** What the provider knows: its dead tokens. */
const dead = new Set<string>();
const asked: string[] = [];

/** Says by itself what is posted to it, if it is signed with the word "signed". */
const notes: Provider = {
  id: "notes",
  name: "Notes",
  settingsUrl: "https://notes.example/settings",
  signIn: false,
  scopes: { asked: [], required: [], optional: [] },
  disconnectWarning: null,
  webOrigins: () => ({ pages: [], pictures: [] }),
  backgroundRefreshesPerMinute: 1,
  api: null,
  hooks: [
    {
      method: "POST",
      path: "/told",
      read: async ({ query, body }) => {
        if (query.get("signature") !== "signed") throw new ForgedEvent("event_signature", "its signature is wrong");
        const event: ProviderEvent = JSON.parse(body);
        return event;
      },
    },
  ],
  authorizeUrl: () => Promise.reject(new Error("not in this test")),
  exchange: () => Promise.reject(new Error("not in this test")),
  identify: () => Promise.reject(new Error("not in this test")),
  refresh: () => Promise.reject(new Error("not in this test")),
  async check(token) {
    asked.push(token);
    return dead.has(token) ? "dead" : "alive";
  },
  grantEnd: null,
  endToken: null,
};

const stack = useStack({ providers: [notes] });

test("an event without the provider's proof is refused with its own code, and nobody is asked anything", async () => {
  const { userId, token } = await connectNotes("1:1");
  dead.add(token);
  const answer = await tell(event({ about: { kind: "identity", providerUid: "1:1" } }), "forged");
  expect(answer).toMatchObject({ status: 400, body: { code: "event_signature" } });
  expect(asked).not.toContain(token);
  expect(await stateOf(userId)).toBe("active");
});

test("an event with an id is stored, acted on once the provider confirms it, and a repeat is dropped", async () => {
  const { userId, token } = await connectNotes("2:1");
  const told = event({ id: randomUUID(), about: { kind: "identity", providerUid: "2:1" } });
  dead.add(token);
  expect(await tell(told)).toMatchObject({ status: 202, body: { ok: true } });
  await expect.poll(() => stateOf(userId)).toBe("revoked");
  const again = await tell(told);
  expect(again).toMatchObject({ status: 202, body: { code: "event_repeated" } });
});

test("an event without an id that the provider contradicts is refused, and changes nothing", async () => {
  const { userId } = await connectNotes("3:1");
  const answer = await tell(event({ about: { kind: "identity", providerUid: "3:1" } }));
  expect(answer).toMatchObject({ status: 409, body: { code: "hook_unconfirmed" } });
  expect(await stateOf(userId)).toBe("active");
});

test("an event without an id that is contradicted again and again is not asked about for a while, and others are", async () => {
  const { token } = await connectNotes("6:1");
  const told = event({ about: { kind: "identity", providerUid: "6:1" } });
  const codes: unknown[] = [];
  for (let times = 0; times < 11; times++) codes.push((await tell(told)).body.code);
  expect(codes).toEqual([...Array<string>(10).fill("hook_unconfirmed"), "rate_limited"]);
  expect(asked.filter((one) => one === token)).toHaveLength(10);
  const { userId, token: other } = await connectNotes("6:2");
  dead.add(other);
  expect((await tell(event({ about: { kind: "identity", providerUid: "6:2" } }))).status).toBe(202);
  expect(await stateOf(userId)).toBe("revoked");
});

test("an event about everybody whose id begins alike reaches all of them, and nobody else", async () => {
  const [one, two, other] = [await connectNotes("4:1"), await connectNotes("4:2"), await connectNotes("44:1")];
  for (const { token } of [one, two, other]) dead.add(token);
  expect((await tell(event({ about: { kind: "identities", providerUidPrefix: "4:" } }))).status).toBe(202);
  expect(await Promise.all([one, two, other].map(({ userId }) => stateOf(userId)))).toEqual([
    "revoked",
    "revoked",
    "active",
  ]);
});

test("whoever is signed in as a person whose account was hijacked is signed out", async () => {
  const { userId } = await connectNotes("5:1");
  const { browser } = await stack.signIn("grace");
  await stack.database.query({
    text: "UPDATE browser_sessions SET user_id = $1 WHERE user_id = (SELECT user_id FROM identities WHERE login = 'grace')",
    values: [userId],
  });
  const told = event({ means: "hijacked", id: randomUUID(), about: { kind: "identity", providerUid: "5:1" } });
  expect((await tell(told)).status).toBe(202);
  await expect.poll(async () => (await browser.open(`${stack.url}/accounts`)).url).not.toMatch(/\/accounts$/);
});

test("a hook takes its own method alone", async () => {
  expect((await stack.call("GET", "/hooks/notes/told?signature=signed")).status).toBe(404);
  expect((await stack.call("POST", "/hooks/github/told?signature=signed", { body: {} })).status).toBe(404);
});

function event(change: Partial<ProviderEvent>): ProviderEvent {
  return { id: null, name: "told", about: { kind: "nobody" }, means: "check", ...change };
}

function tell(told: ProviderEvent, signature = "signed") {
  return stack.call("POST", `/hooks/notes/told?signature=${signature}`, { body: told });
}

async function stateOf(userId: string): Promise<string | undefined> {
  const { rows } = await stack.database.query<{ state: string }>({
    text: "SELECT state FROM user_external_accounts WHERE user_id = $1",
    values: [userId],
  });
  return rows[0]?.state;
}

async function connectNotes(uid: string): Promise<{ userId: string; token: string }> {
  const { rows } = await stack.database.query<{ user_id: string; id: string }>({
    text: `WITH u AS (INSERT INTO users DEFAULT VALUES RETURNING id)
      INSERT INTO identities (provider, provider_uid, user_id, login) SELECT 'notes', $1, id, $1 FROM u RETURNING user_id, id`,
    values: [uid],
  });
  const [userId = "", identityId = ""] = [rows[0]?.user_id, rows[0]?.id];
  const token = `token of ${uid}`;
  const keyring = createKeyring(requireMasterKeys(stack.environment));
  const pair = { accessToken: token, refreshToken: null, accessExpiresIn: 3600, refreshExpiresIn: null, scopes: [] };
  await stack.database.transaction((transaction) =>
    storeConnectedAccount({ keyring }, transaction, { userId, provider: "notes", identityId, state: "active", pair }),
  );
  return { userId, token };
}
