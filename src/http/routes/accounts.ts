import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { disconnectAccount } from "../../actions/accounts/disconnect-account.ts";
import { missingScopes, type Provider } from "../../providers/provider.ts";
import type { Account } from "../../store/accounts/account.ts";
import { readPendingIdentity } from "../../store/accounts/pending-connects.ts";
import { readUserAccount } from "../../store/accounts/read-account.ts";
import { readRevocationState } from "../../store/accounts/revocation-state.ts";
import { readIdentity } from "../../store/identities.ts";
import type { AccountRow } from "../../views/account-row.ts";
import { accountsPage } from "../../views/accounts.ts";
import type { Notice } from "../../views/notice.ts";
import { capabilityWords } from "../capability-words.ts";
import type { HttpDeps } from "../deps.ts";
import { sendPage, signInAddress, viewerOf } from "../page.ts";
import { currentSession, isSignedIn } from "../session.ts";
import { whoMayActThen } from "../who-may-act.ts";
import { requireProvider } from "./sign-in.ts";

function noticeOf(done: string | undefined, providerName: string, rows: readonly AccountRow[]): Notice | null {
  switch (done) {
    case "connected":
      if (rows.some(({ state }) => state === "limited")) {
        return {
          kind: "warning",
          text: "Connected. An account below was not given all that it needs: ask again there.",
        };
      }
      return { kind: "success", text: "Connected. Bots that you permit can act as you from now on." };
    case "done":
      return { kind: "success", text: `Disconnected, and the authorisation was ended at ${providerName}.` };
    case "pending":
      return { kind: "warning", text: `Disconnected here. Ending it at ${providerName} is being tried again.` };
    case "unconfirmed":
      return {
        kind: "warning",
        text: `Disconnected here. ${providerName} could not confirm: check its settings page.`,
      };
    default:
      return null;
  }
}

/** Connected accounts. */
export function accountRoutes(page: FastifyInstance, deps: HttpDeps): void {
  const scope = page.withTypeProvider<ZodTypeProvider>();
  scope.get(
    "/accounts",
    { schema: { querystring: z.object({ done: z.string().optional(), provider: z.string().optional() }) } },
    async (request, reply) => {
      const session = await currentSession(deps, request);
      if (!isSignedIn(session)) return reply.redirect(signInAddress(request), 303);
      const rows = await Promise.all(
        [...deps.providers.values()].map((provider) => accountRow(deps, session.userId, provider)),
      );
      const { provider = "", done } = request.query;
      const notice = noticeOf(done, deps.providers.get(provider)?.name ?? "the provider", rows);
      const switchedOff = !deps.userTokensEnabled;
      return sendPage(
        reply,
        accountsPage({
          viewer: viewerOf(session),
          accounts: rows,
          notice,
          switchedOff,
          capabilities: capabilityWords,
        }),
      );
    },
  );

  scope.post(
    "/accounts/:provider/disconnect",
    { schema: { params: z.object({ provider: z.string() }) } },
    async (request, reply) => {
      const session = await currentSession(deps, request);
      if (!isSignedIn(session)) return reply.redirect("/?return_to=/accounts", 303);
      const provider = requireProvider(deps, request.params.provider);
      const ended = await disconnectAccount(deps, { userId: session.userId, provider: provider.id });
      return reply.redirect(ended ? `/accounts?done=${ended}&provider=${provider.id}` : "/accounts", 303);
    },
  );
}

async function accountRow(deps: HttpDeps, userId: string, provider: Provider): Promise<AccountRow> {
  const account = await readUserAccount(deps.database, { userId, provider: provider.id });
  const settingsUrl = (account && provider.settingsUrlOf?.(account.metadata)) ?? provider.settingsUrl;
  const { id, name, icon } = provider;
  const named = {
    provider: id,
    providerName: name,
    providerIcon: icon,
    settingsUrl,
    endsThere: provider.grantEnd !== null,
    disconnectWarning: provider.disconnectWarning,
  };
  const live = account && account.state !== "revoked";
  const pending = live ? null : await readPendingIdentity(deps.database, { userId, provider: provider.id });
  if (pending) return { ...named, state: "pending", login: pending.login, name: pending.displayName };
  const common = { ...named, ...(!live && (await whoMayActThen(deps, userId, provider))) };
  if (!account) return { ...common, state: "not_connected" };
  const [identity, revocation] = await Promise.all([
    readIdentity(deps.database, account.identityId),
    account.state === "revoked" ? readRevocationState(deps.database, account) : null,
  ]);
  return {
    ...common,
    state: account.state,
    login: identity?.login,
    name: identity?.displayName,
    avatarUrl: identity?.avatarUrl,
    connectedAt: account.connectedAt,
    lastUsedAt: account.lastUsedAt,
    accessExpiresAt: account.accessExpiresAt,
    revocation,
    revocationReason: account.revocationReason,
    singleSignOn: wantedSignOns(account),
    scopes: {
      granted: account.scopes,
      missing: missingScopes(provider, account.scopes),
      more: provider.scopes.optional.filter((one) => !account.scopes.includes(one)),
    },
  };
}

function wantedSignOns({ singleSignOn }: Account): AccountRow["singleSignOn"] {
  const wanted = Object.entries(singleSignOn).map(([organization, { url, id, at }]) => ({
    organization: organization === id ? `organisation ${id}` : organization,
    url,
    at: new Date(at),
  }));
  return wanted.sort((one, other) => one.at.getTime() - other.at.getTime());
}
