import { afterAll, beforeAll, expect, test } from "vitest";
import { type Committer, committer, newcomer } from "../harness/people.ts";
import { type Stack, startStack } from "../harness/stack.ts";
import { accountOf, rowsOf } from "../harness/stored.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

async function disconnect(person: Committer) {
  const accounts = await person.browser.open(`${stack.url}/accounts`);
  return person.browser.submit(accounts, "/accounts/github/disconnect");
}

/** Both tokens die at GitHub, and for onbehalf the access token has expired. */
async function killTokens(person: Committer): Promise<void> {
  await stack.sandbox.revokeGrant(person.login, { deliver: false });
  await stack.database.query({
    text: `UPDATE user_external_accounts SET access_expires_at = now() - interval '1 minute',
      refresh_due_at = now() - interval '6 minutes' WHERE user_id = $1`,
    values: [person.userId],
  });
}

async function endedUnconfirmed() {
  const person = await committer(stack);
  await killTokens(person);
  const page = await disconnect(person);
  expect(page.url).toBe(`${stack.url}/accounts?done=unconfirmed&provider=github`);
  return { person, page };
}

test("dead tokens end as unconfirmed: erased here, and the person is shown where to look at GitHub", async () => {
  const { person, page } = await endedUnconfirmed();
  expect(page.text).toContain("did not confirm that the access is gone");
  expect(page.text).toContain(`href="${stack.sandbox.webUrl}/settings/apps/authorizations"`);
  const rows = await rowsOf(stack, "pending_revocations");
  expect(rows.filter(({ user_id }) => user_id === person.userId)).toMatchObject([
    { kind: "grant", state: "unconfirmed", access_token: null, refresh_token: null, key_id: null },
  ]);
  expect(await accountOf(stack, person.userId)).toMatchObject({ state: "revoked", access_token: null });
  expect((await person.commit()).body).toMatchObject({ code: "account_revoked" });
});

test("an unconfirmed end is no obstacle to connecting again, and is forgotten then", async () => {
  const { person } = await endedUnconfirmed();
  const { page } = await stack.connect(person.login, person.browser);
  expect(page.text).toContain("Connected. Bots that you permit");
  expect((await person.commit()).status).toBe(201);
  const again = await disconnect(person);
  expect(again.url).toBe(`${stack.url}/accounts?done=done&provider=github`);
  expect(again.text).not.toContain("did not confirm");
});

test("an unconfirmed end of one GitHub account is not shown for the next one", async () => {
  const { person } = await endedUnconfirmed();
  const second = newcomer(stack);
  await stack.connect(second.login, person.browser);
  const page = await disconnect(person);
  expect(page.url).toBe(`${stack.url}/accounts?done=done&provider=github`);
  expect(page.text).not.toContain("did not confirm");
});
