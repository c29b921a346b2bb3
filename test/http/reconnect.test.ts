import { afterEach, expect, test, vi } from "vitest";
import type { Fault } from "../../sandbox/index.ts";
import { answerGithub, codeOf, ownForm } from "../harness/authorization.ts";
import type { Page } from "../harness/browser.ts";
import { type Committer, committer, tokensAtGithub } from "../harness/people.ts";
import { accountOf, auditSince, lastAudit, rowsOf, stored } from "../harness/stored.ts";
import { useStack } from "../harness/use-stack.ts";

/* A person connects again while the grant that they had before is still being ended at GitHub. */

const stack = useStack();
afterEach(async () => {
  vi.restoreAllMocks();
  stack.sandbox.faults.clear();
  await stack.database.query({ text: "DELETE FROM pending_revocations" });
});

const away: Fault = { match: { method: "DELETE", path: /\/grant$/ }, respond: { status: 503 } };

/** Disconnected here, and not at GitHub. */
async function disconnectedHere(times: number): Promise<Committer> {
  const person = await committer(stack);
  stack.sandbox.faults.add({ ...away, times });
  const page = await person.browser.post(`${stack.url}/accounts/github/disconnect`);
  expect(page.url).toBe(`${stack.url}/accounts?done=pending&provider=github`);
  return person;
}

/** Each look at the clock finds three more seconds gone: whoever waits sees 20 seconds pass soon. */
function hurry(): void {
  const now = performance.now.bind(performance);
  let ahead = 0;
  vi.spyOn(performance, "now").mockImplementation(() => {
    ahead += 3_000;
    return now() + ahead;
  });
}

function saysTryAgain(page: Page): void {
  expect(page.status).toBe(409);
  expect(codeOf(page)).toBe("revocation_running");
  expect(page.text).toContain("The last connection is still being ended");
  expect(page.text).toContain("Try again in a minute.");
}

test("the end is tried at once when the person wants to connect again, and the connect works", async () => {
  const person = await disconnectedHere(1);
  await stack.database.query({ text: "UPDATE pending_revocations SET next_attempt_at = now() + interval '9 minutes'" });
  const { page } = await stack.connect(person.login, person.browser);
  expect(page.text).toContain("Connected. Bots that you permit");
  expect(await rowsOf(stack, "pending_revocations")).toEqual([]);
  expect(tokensAtGithub(stack, person.login)).toBe(1);
  expect((await person.commit()).status).toBe(201);
});

test("while GitHub does not end it the person is not sent there, and is told to try again", async () => {
  const person = await disconnectedHere(99);
  const transactions = await rowsOf(stack, "oauth_transactions");
  hurry();
  saysTryAgain(await person.browser.request(`${stack.url}/connect/github`, { method: "POST", headers: ownForm }));
  expect(await rowsOf(stack, "oauth_transactions")).toEqual(transactions);
  expect(await accountOf(stack, person.userId)).toMatchObject({ state: "revoked" });
  vi.restoreAllMocks();
  stack.sandbox.faults.clear();
  expect((await stack.connect(person.login, person.browser)).page.text).toContain("Connected. Bots that you permit");
});

test("who comes back from GitHub while it is not ended is told to try again, and nothing is stored", async () => {
  const person = await committer(stack);
  const { callback } = await answerGithub(stack, person.browser, "/connect/github", { login: person.login });
  stack.sandbox.faults.add({ ...away, times: 99 });
  await person.browser.post(`${stack.url}/accounts/github/disconnect`);
  const [audit, before] = [await lastAudit(stack), await stored(stack)];
  hurry();
  saysTryAgain(await person.browser.request(callback.href));
  const after = await stored(stack);
  expect(after.user_external_accounts).toEqual(before.user_external_accounts);
  expect(after.pending_revocations).toHaveLength(1);
  expect(tokensAtGithub(stack, person.login)).toBe(1);
  expect(await auditSince(stack, audit)).toMatchObject([
    { action: "connect", result: "failed", code: "revocation_running", user_id: person.userId },
  ]);
});

test("tokens that were given out before the end, and died with it, are not kept", async () => {
  const person = await committer(stack);
  const { callback } = await answerGithub(stack, person.browser, "/connect/github", { login: person.login });
  stack.sandbox.faults.add({ ...away, times: 99 });
  await person.browser.post(`${stack.url}/accounts/github/disconnect`);
  const { arriving } = await stack.database.transaction(async (transaction) => {
    // Holds the callback up after GitHub said who it is.
    await transaction.query({ text: "LOCK TABLE identities IN ACCESS EXCLUSIVE MODE" });
    const arriving = person.browser.request(callback.href);
    await expect
      .poll(() => stack.sandbox.requests.at(-1), { timeout: 3_000, interval: 10 })
      .toMatchObject({
        path: expect.stringMatching(/\/user$/),
        status: 200,
      });
    await stack.sandbox.revokeGrant(person.login, { deliver: false });
    await transaction.query({ text: "DELETE FROM pending_revocations" });
    return { arriving };
  });
  saysTryAgain(await arriving);
  expect(await accountOf(stack, person.userId)).toMatchObject({ state: "revoked", access_token: null });
  stack.sandbox.faults.clear();
  expect((await stack.connect(person.login, person.browser)).page.text).toContain("Connected. Bots that you permit");
  expect((await person.commit()).status).toBe(201);
});
