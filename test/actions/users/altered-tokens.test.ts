import { afterEach, expect, test } from "vitest";
import { disconnectAccount } from "../../../src/actions/accounts/disconnect-account.ts";
import { deactivateUser } from "../../../src/actions/users/deactivate-user.ts";
import { eraseUser } from "../../../src/actions/users/erase-user.ts";
import { readUserAccount } from "../../../src/store/accounts/read-account.ts";
import { type Committer, committer, tokensAtGithub } from "../../harness/people.ts";
import { storePending, storeRevocation, storeScoped } from "../../harness/sealed-rows.ts";
import { accountOf, rowsOf } from "../../harness/stored.ts";
import { useReplica } from "../../harness/use-replica.ts";
import { useStack } from "../../harness/use-stack.ts";

const stack = useStack();
const replica = useReplica(stack);
afterEach(async () => {
  await stack.database.query({ text: "DELETE FROM pending_revocations" });
  await stack.database.query({ text: "DELETE FROM scoped_tokens" });
});

const by = { actor: "operator" } as const;
const sealedDeps = () => ({ database: stack.database, keyring: replica.services.keyring });

/** Bytes of what is sealed are changed, as by a row that was copied or a disk that failed. */
async function alter(table: string, column: string, where: string, value: string): Promise<void> {
  const last = `octet_length(${column}) - 1`;
  await stack.database.query({
    text: `UPDATE ${table} SET ${column} = set_byte(${column}, ${last}, 255 - get_byte(${column}, ${last}))
      WHERE ${where} = $1`,
    values: [value],
  });
}

async function withAlteredTokens(): Promise<Committer> {
  const person = await committer(stack);
  await alter("user_external_accounts", "access_token", "user_id", person.userId);
  return person;
}

const endings: [string, (userId: string) => Promise<unknown>][] = [
  ["disconnected", (userId) => disconnectAccount(replica.services, { userId, provider: "github" })],
  ["deactivated", async (userId) => (await deactivateUser(replica.services, { userId, by })).revocations],
  ["erased", async (userId) => (await eraseUser(replica.services, { userId, by })).revocations],
];

test.each(endings)(
  "whose stored token was altered can be %s, and is told that GitHub was not asked",
  async (_, end) => {
    const { userId } = await withAlteredTokens();
    expect(await end(userId)).toBe("unconfirmed");
    const account = await accountOf(stack, userId);
    expect(account?.state ?? "gone").not.toBe("active");
    expect((await rowsOf(stack, "pending_revocations")).filter(({ user_id }) => user_id === userId)).toMatchObject([
      { kind: "grant", state: "unconfirmed", access_token: null, last_error: expect.stringContaining("did not open") },
    ]);
    expect(replica.log.some((line) => line.includes("whose tokens do not open"))).toBe(true);
  },
);

test("with a key that this process lacks nothing is given up: the call fails, and the tokens stay", async () => {
  const { userId } = await committer(stack);
  const [row] = (await rowsOf(stack, "user_external_accounts")).filter(({ user_id }) => user_id === userId);
  // The sealed value names its key in its first bytes: the name's last letter becomes another one.
  await stack.database.query({
    text: `UPDATE user_external_accounts SET access_token = set_byte(access_token, 1 + get_byte(access_token, 1), 122)
      WHERE id = $1`,
    values: [row?.id],
  });
  await expect(disconnectAccount(replica.services, { userId, provider: "github" })).rejects.toMatchObject({
    code: "cannot_unseal",
  });
  expect(await accountOf(stack, userId)).toMatchObject({ state: "active", access_token: expect.any(String) });
});

test("what waits for being completed keeps its user from nothing when it was altered: the grant's end is its end", async () => {
  const { userId, login } = await committer(stack);
  const account = await readUserAccount(stack.database, { userId, provider: "github" });
  if (!account) throw new Error("nobody is connected");
  const { id } = await storePending(sealedDeps(), account);
  await alter("pending_connects", "access_token", "id", id);
  expect((await deactivateUser(replica.services, { userId, by })).revocations).toBe("done");
  expect(await rowsOf(stack, "pending_connects")).toEqual([]);
  expect(tokensAtGithub(stack, login)).toBeNull();
  expect(replica.log.some((line) => line.includes("a connect was dropped whose tokens do not open"))).toBe(true);
});

test("a pass's token that was altered keeps its person from nothing", async () => {
  const { login, userId } = await committer(stack);
  await storeScoped(sealedDeps(), userId);
  await alter("scoped_tokens", "token", "user_id", userId);
  expect((await deactivateUser(replica.services, { userId, by })).revocations).toBe("done");
  expect(tokensAtGithub(stack, login)).toBeNull();
  expect(await rowsOf(stack, "scoped_tokens")).toEqual([]);
});

test("tokens that were altered hold no other revocation up, and are put off", async () => {
  const { userId } = await committer(stack);
  await storeScoped(sealedDeps(), userId);
  await alter("scoped_tokens", "token", "user_id", userId);
  await stack.database.query({ text: "UPDATE scoped_tokens SET end_at = now() - interval '1 s'" });
  const altered = await storeRevocation(sealedDeps(), userId);
  await alter("pending_revocations", "access_token", "id", altered);
  const good = await storeRevocation(sealedDeps(), userId);
  const patience = { timeout: 20_000 };
  const ids = async () => (await rowsOf(stack, "pending_revocations")).map(({ id }) => id);
  await expect.poll(ids, patience).not.toContain(good);
  await expect
    .poll(() => rowsOf(stack, "pending_revocations"), patience)
    .toMatchObject([
      { id: altered, state: "pending", lease_until: null, last_error: expect.stringContaining("do not open") },
    ]);
});
