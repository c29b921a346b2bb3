import { reservePort } from "../http/reserve-port.ts";
import { buildServer } from "./build-server.ts";
import { grantedCallback } from "./routes/authorize.ts";
import type { AmocrmOptions, AmocrmSandbox } from "./sandbox.ts";
import { defaultAmocrmSeed } from "./seed.ts";
import { hookAddress, uninstall } from "./uninstall.ts";
import { accountAt, buildAmocrm, requireUser } from "./world.ts";

export type { AmocrmSandbox } from "./sandbox.ts";
export { defaultAmocrmSeed } from "./seed.ts";

const HOST = "127.0.0.1";

/** Starts an amoCRM of our own on a loopback port. */
export async function startAmocrm(options: AmocrmOptions = {}): Promise<AmocrmSandbox> {
  const reserved = options.port ? null : await reservePort(HOST);
  const port = reserved?.port ?? options.port ?? 0;
  const world = buildAmocrm(options.seed ?? defaultAmocrmSeed, { port, switches: options.switches ?? {} });
  const server = await buildServer(world);
  await reserved?.release();
  await server.listen({ host: HOST, port });
  return {
    webUrl: `http://${HOST}:${port}`,
    integration: world.integration,
    calls: world.calls,
    faults: world.faults,
    switches: world.switches,
    limit: world.limit,
    hooks: world.hooks,
    setCallbackUrl: (url) => {
      world.integration.callbackUrl = url;
    },
    setHookUrl: (url) => {
      world.integration.hookUrl = url;
    },
    host: (subdomain) => `${subdomain}.${world.domain}`,
    account: (subdomain) => {
      const account = accountAt(world, subdomain);
      if (!account) throw new Error(`there is no account ${subdomain}`);
      return account;
    },
    installWidget: (subdomain, userId) => {
      const { account } = requireUser(world, subdomain, userId);
      const code = world.grants.issueCode({ accountId: account.id, userId });
      return grantedCallback(world, subdomain, { code, from_widget: "1" });
    },
    hookAddress: (accountId) => hookAddress(world, accountId),
    uninstall: (accountId, how) => uninstall(world, accountId, how),
    revokeUser: (owner) => world.grants.revokeUser(owner),
    livingPairs: (owner) => world.grants.living(owner),
    changeSubdomain: (from, to) => {
      const account = accountAt(world, from);
      if (!account) throw new Error(`there is no account ${from}`);
      account.subdomain = to;
      world.former.set(from, account.id);
    },
    expireAccessTokens: () => world.grants.expireAccess(),
    ageCodes: (milliseconds) => world.grants.ageCodes(milliseconds),
    issuedTokens: () => world.grants.issued(),
    close: () => server.close(),
  };
}
