import { freshToken } from "../../src/actions/accounts/fresh-token.ts";
import type { TokenDeps } from "../../src/actions/accounts/refreshing.ts";
import { readHeldAccount } from "../../src/store/accounts/held-account.ts";
import { BenchError } from "../bench-error.ts";

/** Somebody with an account, and the token that must come out. */
export interface Holder {
  accountId: string;
  accessToken: string;
}

/** A way to get at a stored token. */
export interface Contender {
  name: "select" | "onbehalf" | "better_auth";
  /** What it does, in a table. */
  title: string;
  /** How many accounts there are to read. */
  accounts: number;
  /** Reads one of them. */
  read(index: number): Promise<unknown>;
}

/** What can't be had for less: the sealed token by the same key, on the same pool, opened by nobody. */
export function bareSelect({ database }: TokenDeps, holders: Holder[]): Contender {
  return {
    name: "select",
    title: "one prepared SELECT of one row by its key",
    accounts: holders.length,
    read: (index) =>
      database.query({
        name: "bench-select",
        text: "SELECT access_token FROM user_external_accounts WHERE id = $1",
        values: [holders[index]?.accountId],
      }),
  };
}

/** The account is read, its state, expiry and version judged, and the token opened. */
export function throughOnbehalf(deps: TokenDeps, holders: Holder[]): Contender {
  return {
    name: "onbehalf",
    title: "onbehalf",
    accounts: holders.length,
    async read(index) {
      const { accountId, accessToken } = holders[index] ?? { accountId: "", accessToken: "" };
      const account = await readHeldAccount(deps.database, accountId);
      if (!account) throw new BenchError("An account is gone.");
      const token = await freshToken(deps, account);
      if (token.accessToken !== accessToken) throw new BenchError("onbehalf answered another token.");
    },
  };
}
