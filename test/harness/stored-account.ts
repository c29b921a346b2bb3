import type { Account } from "../../src/store/accounts/account.ts";
import { readUserAccount } from "../../src/store/accounts/read-account.ts";
import type { Stack } from "./stack.ts";

let people = 0;

/** A person of their own for one test, with a connected account. */
export async function connectSomebody(stack: Stack): Promise<{ login: string; userId: string; uid: number }> {
  people += 1;
  const login = `person-${people}`;
  const uid = 90_000_000 + people;
  stack.sandbox.addPerson({ login, id: uid, name: login, email: `${login}@example.com`, emailPrivate: false });
  const { userId } = await stack.connect(login);
  return { login, userId, uid };
}

/** The account as it stands in the database now. */
export async function storedAccount(stack: Stack, userId: string, provider = "github"): Promise<Account> {
  const account = await readUserAccount(stack.database, { userId, provider });
  if (!account) throw new Error("the user has no account");
  return account;
}

/** Lets time pass for a token as onbehalf knows it: due for its refresh, and expired unless `valid`. */
export async function age(
  stack: Stack,
  userId: string,
  token: "expired" | "valid",
  provider = "github",
): Promise<Account> {
  await stack.database.query({
    text: `UPDATE user_external_accounts SET refresh_due_at = now() - interval '1 s',
      access_expires_at = now() + $2::float8 * interval '1 s' WHERE user_id = $1 AND provider = $3`,
    values: [userId, token === "expired" ? -1 : 200, provider],
  });
  return storedAccount(stack, userId, provider);
}

/** Lets time pass for whatever holds back the next refresh. */
export async function waitOut(
  stack: Stack,
  userId: string,
  column: "retry_after" | "suspect_until" | "lease_until" | "forced_refresh_at",
): Promise<Account> {
  await stack.database.query({
    text: `UPDATE user_external_accounts SET ${column} = ${column} - interval '10 minutes' WHERE user_id = $1`,
    values: [userId],
  });
  return storedAccount(stack, userId);
}

/** How many refreshes GitHub was asked for. */
export function refreshesSent(stack: Stack): number {
  return stack.sandbox.requests.filter(({ operation }) => operation === "refresh").length;
}
