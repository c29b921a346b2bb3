import { expect, test } from "vitest";
import { checkAuthorization } from "../../../src/actions/accounts/check-authorization.ts";
import { disconnectAccount } from "../../../src/actions/accounts/disconnect-account.ts";
import { freshToken } from "../../../src/actions/accounts/fresh-token.ts";
import { createBot } from "../../../src/actions/bots/create-bot.ts";
import { revokeBot } from "../../../src/actions/bots/revoke-bot.ts";
import type { Services } from "../../../src/services.ts";
import { stored } from "../../harness/stored.ts";
import { age, connectSomebody, storedAccount } from "../../harness/stored-account.ts";
import { useReplica } from "../../harness/use-replica.ts";
import { useStack } from "../../harness/use-stack.ts";

/*
 * Invariant 6: what can't be written into the audit log is not done, since the process may end right after it.
 */

const stack = useStack();
const replica = useReplica(stack, {
  beforeStatement(text) {
    if (text.includes("INSERT INTO audit_events")) throw new Error("the audit log takes nothing");
  },
});

interface Somebody {
  login: string;
  userId: string;
  uid: number;
}

const deeds: [what: string, does: (services: Services, somebody: Somebody) => Promise<unknown>][] = [
  ["a disconnect", (services, { userId }) => disconnectAccount(services, { userId, provider: "github" })],
  [
    "the end of an account whose refresh is refused",
    async (services, { login, userId }) => {
      stack.sandbox.faults.add({
        match: { operation: "refresh", login },
        respond: { status: 200, body: { error: "bad_refresh_token" } },
      });
      return freshToken(services, await storedAccount(stack, userId));
    },
  ],
  [
    "the end of an account that a webhook tells of",
    async (services, { userId, uid }) => {
      await stack.database.query({
        text: "UPDATE user_external_accounts SET access_expires_at = now() + interval '1 h' WHERE user_id = $1",
        values: [userId],
      });
      stack.sandbox.faults.add({ match: { method: "POST", path: /\/token$/ }, respond: { status: 404, body: {} } });
      const provider = services.providers.get("github");
      return provider && checkAuthorization(services, { provider, providerUid: String(uid) });
    },
  ],
  ["a new bot", (services) => createBot(services, { name: "unheard-of", kind: "bot" })],
  ["the end of a bot", (services) => revokeBot(services, "steady")],
];

test.each(deeds)("%s does not happen unless it is written down", async (_what, does) => {
  const somebody = await connectSomebody(stack);
  await age(stack, somebody.userId, "expired");
  await stack.bot("steady").catch(() => undefined);
  const before = await stored(stack);
  await expect(does(replica.services, somebody)).rejects.toThrow("the audit log takes nothing");
  stack.sandbox.faults.clear();
  const hidden = { access_expires_at: null, lease_id: null, lease_until: null };
  const rows = (found: Awaited<ReturnType<typeof stored>>) => ({
    ...found,
    user_external_accounts: found.user_external_accounts?.map((row) => Object.assign({}, row, hidden)),
  });
  expect(rows(await stored(stack))).toEqual(rows(before));
});
