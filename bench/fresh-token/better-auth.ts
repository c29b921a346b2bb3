import { randomBytes } from "node:crypto";
import { betterAuth } from "better-auth";
import { symmetricEncrypt } from "better-auth/crypto";
import { getMigrations } from "better-auth/db/migration";
import type { Pool } from "pg";
import { BenchError } from "../bench-error.ts";
import { inTurns } from "../stage/in-turns.ts";
import type { Contender } from "./contenders.ts";

/**
 * better-auth's `getAccessToken` as its documentation has it, with tokens encrypted, on a pool of the same size on the
 * same database, and as many accounts.
 */
export async function throughBetterAuth(pool: Pool, tokens: string[]): Promise<Contender> {
  const options = {
    database: pool,
    baseURL: "http://127.0.0.1",
    secret: randomBytes(32).toString("base64"),
    account: { encryptOAuthTokens: true },
    socialProviders: { github: { clientId: "bench", clientSecret: "bench" } },
    telemetry: { enabled: false },
    logger: { disabled: true },
  };
  const { runMigrations } = await getMigrations(options);
  await runMigrations();
  const auth = betterAuth(options);
  const { internalAdapter, secretConfig: key } = await auth.$context;
  const seal = (data: string) => symmetricEncrypt({ key, data });
  const holders = await inTurns(tokens, 10, async (accessToken) => {
    const login = `person-${accessToken.slice(-12).toLowerCase()}`;
    const user = await internalAdapter.createUser({ name: login, email: `${login}@example.com`, emailVerified: true });
    const account = await internalAdapter.createAccount({
      userId: user.id,
      providerId: "github",
      accountId: login,
      accessToken: await seal(accessToken),
      refreshToken: await seal(`ghr_${accessToken}${accessToken.slice(4)}`),
      accessTokenExpiresAt: new Date(Date.now() + 8 * 3600 * 1000),
    });
    return { body: { userId: user.id, accountId: account.id }, accessToken };
  });
  await pool.query("ANALYZE");
  return {
    name: "better_auth",
    title: "better-auth's getAccessToken",
    accounts: holders.length,
    async read(index) {
      const holder = holders[index];
      if (!holder) throw new BenchError("better-auth has no such account.");
      const { accessToken } = await auth.api.getAccessToken({ body: holder.body });
      if (accessToken !== holder.accessToken) throw new BenchError("better-auth answered another token.");
    },
  };
}
