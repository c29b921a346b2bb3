import { freshToken } from "../../src/actions/accounts/fresh-token.ts";
import type { TokenDeps } from "../../src/actions/accounts/refreshing.ts";
import { readUserAccount } from "../../src/store/accounts/read-account.ts";
import { BenchError } from "../bench-error.ts";

/** Somebody with an account, and the token that must come out. */
export interface Holder {
  userId: string;
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
        text: "SELECT access_token FROM user_external_accounts WHERE user_id = $1 AND provider = $2",
        values: [holders[index]?.userId, "github"],
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
      const { userId, accessToken } = holders[index] ?? { userId: "", accessToken: "" };
      const account = await readUserAccount(deps.database, { userId, provider: "github" });
      if (!account) throw new BenchError("An account is gone.");
      const token = await freshToken(deps, account);
      if (token.accessToken !== accessToken) throw new BenchError("onbehalf answered another token.");
    },
  };
}
