import { randomUUID } from "node:crypto";
import { Faults } from "../http/faults.ts";
import { randomText } from "../oauth/random-text.ts";
import { Grants } from "./grants.ts";
import { Limit } from "./limit.ts";
import type { AmocrmAccount, AmocrmSeed, AmocrmUser } from "./seed.ts";
import { type AmocrmSwitches, defaultAmocrmSwitches } from "./switches.ts";

/** The integration as its owner registered it. */
export interface Integration {
  clientId: string;
  clientSecret: string;
  name: string;
  /** There is one, and no request names another. */
  callbackUrl: string | null;
  /** Where an uninstall is told. */
  hookUrl: string | null;
}

export interface RecordedCall {
  method: string;
  /** The host that was asked. */
  host: string;
  /** Without the query. */
  path: string;
  status: number;
  /** `ACCOUNT:USER` of the token. */
  as?: string;
}

/** All there is at this amoCRM. */
export interface AmocrmWorld {
  /** Accounts are at `LABEL.{domain}`. */
  domain: string;
  /** As the tokens' claim says it. */
  apiDomain: string;
  integration: Integration;
  accounts: AmocrmAccount[];
  /** Subdomains that accounts had, by label. */
  former: Map<string, number>;
  grants: Grants;
  limit: Limit;
  faults: Faults;
  switches: AmocrmSwitches;
  calls: RecordedCall[];
  /** Uninstalls that were told, each with what the receiver answered; null: it could not be reached. */
  hooks: { url: string; status: number | null }[];
}

export function buildAmocrm(
  seed: AmocrmSeed,
  options: { port: number; switches: Partial<AmocrmSwitches> },
): AmocrmWorld {
  const domain = `localhost:${options.port}`;
  const apiDomain = `api-b.${domain}`;
  const clientId = randomUUID();
  const switches = { ...defaultAmocrmSwitches, ...options.switches };
  return {
    domain,
    apiDomain,
    integration: {
      clientId,
      clientSecret: randomText(64),
      name: "onbehalf",
      callbackUrl: null,
      hookUrl: null,
    },
    accounts: structuredClone(seed.accounts),
    former: new Map(),
    grants: new Grants({ clientId, apiDomain, baseDomain: domain }, switches),
    limit: new Limit(switches),
    faults: new Faults("/api/v4", () => undefined),
    switches,
    calls: [],
    hooks: [],
  };
}

export function accountAt(world: AmocrmWorld, subdomain: string): AmocrmAccount | undefined {
  return world.accounts.find((account) => account.subdomain === subdomain);
}

/** @throws Error in a test that names somebody who isn't there */
export function requireUser(
  world: AmocrmWorld,
  subdomain: string,
  userId: number,
): { account: AmocrmAccount; user: AmocrmUser } {
  const account = accountAt(world, subdomain);
  const user = account?.users.find(({ id }) => id === userId);
  if (!account || !user) throw new Error(`there is no user ${userId} in ${subdomain}`);
  return { account, user };
}
