import type { FastifyReply } from "fastify";
import { namedProvider } from "../actions/accounts/account-problem.ts";
import { usualApp } from "../actions/delegations/named-app.ts";
import { isWithin } from "../actions/delegations/require-within.ts";
import { isGithubProvider } from "../config/github-app.ts";
import { readUserAccount } from "../store/accounts/read-account.ts";
import type { Scope } from "../store/authority.ts";
import { type LimitedBot, listLimitedBots } from "../store/ceilings.ts";
import { type Delegation, listDelegations } from "../store/delegations.ts";
import { listRefusals } from "../store/refusals.ts";
import { readSignOff } from "../store/users.ts";
import type { Notice } from "../views/notice.ts";
import type { PermissionForm } from "../views/permission-form.ts";
import { permissionsPage } from "../views/permissions.ts";
import { actingAccounts } from "./acting-apps.ts";
import { apiWords, capabilityWords } from "./capability-words.ts";
import type { HttpDeps } from "./deps.ts";
import { endOfDay } from "./end-of-day.ts";
import { sendPage, viewerOf } from "./page.ts";
import { type PermissionRequest, permissionQuery } from "./permission-request.ts";
import type { UserSession } from "./session.ts";

/**
 * Sends the page of a person's permissions.
 * @param shown.done what was just done
 * @param shown.botName the bot that the address names; there may be none of that name
 * @param shown.request what it asks for
 * @param shown.form what was entered, where it comes back
 */
export async function sendPermissions(
  deps: HttpDeps,
  reply: FastifyReply,
  session: UserSession,
  shown: {
    done?: string | undefined;
    /** With the account at which App it was done. */
    provider?: string | undefined;
    botName?: string | undefined;
    request?: PermissionRequest | null;
    form?: PermissionForm;
  },
  status = 200,
): Promise<FastifyReply> {
  const { userId } = session;
  const provider = shown.request?.provider ?? shown.provider ?? usualApp;
  // Where nothing is said of one account, any of them will do.
  const oneAccount = shown.request || shown.done === "granted";
  const apps = actingAccounts(deps);
  const [delegations, bots, refused, signOff, accounts] = await Promise.all([
    listDelegations(deps.database, { userId }),
    listLimitedBots(deps.database),
    Promise.all(
      apps.map(async ({ id }) => ({ id, bots: await listRefusals(deps.database, { userId, provider: id }) })),
    ),
    readSignOff(deps.database, userId),
    Promise.all(
      (oneAccount ? [provider] : apps.map(({ id }) => id)).map((id) =>
        readUserAccount(deps.database, { userId, provider: id }),
      ),
    ),
  ]);
  const through = (id: string) => (id === usualApp ? null : namedProvider(deps, id).name);
  const refusals = refused.flatMap(({ id, bots }) =>
    bots.map((bot) => ({ ...bot, provider: id, through: through(id) })),
  );
  const connected = accounts.some((account) => account?.state === "active" || account?.state === "limited");
  const asking = bots.find(({ name }) => name === shown.botName);
  const asked = asking && shown.request ? { bot: asking, request: shown.request } : null;
  const view = permissionsPage({
    viewer: viewerOf(session),
    signOff,
    refusals,
    delegations: delegations.map((delegation) => ({
      ...delegation,
      until: delegation.endsAt,
      ...(isGithubProvider(delegation.provider)
        ? { through: through(delegation.provider) }
        : { elsewhere: apiWords(namedProvider(deps, delegation.provider).name) }),
      limit: limitOf(bots, delegation),
    })),
    bots: bots.map(({ id, name }) => ({ id, name })),
    capabilities: capabilityWords,
    apps,
    notice: noticeOf(shown.done, {
      connected,
      app: namedProvider(deps, provider).name,
      oneOfSeveral: apps.length > 1 && Boolean(oneAccount),
      unknownBot: shown.botName !== undefined && !asking,
    }),
    request: asked && {
      ...asked.request,
      elsewhere: isGithubProvider(provider) ? null : apiWords(namedProvider(deps, provider).name),
      account: apps.length > 1 ? namedProvider(deps, asked.request.provider).name : null,
      until: endOfDay(asked.request.until),
      query: permissionQuery(asked.request),
      ceiling: asked.bot.ceiling,
      refusedAt: refusals.find((one) => one.botId === asked.bot.id && one.provider === provider)?.refusedAt ?? null,
    },
    form: shown.form ?? (asking ? prefilled(asking, shown.request ?? null) : null),
  });
  return sendPage(reply, view, status);
}

/** The bot's ceiling, where a permission goes further: what is beyond does not hold. */
function limitOf(bots: LimitedBot[], delegation: Delegation): Scope | null {
  const ceiling = bots.find(({ id }) => id === delegation.botId)?.ceiling ?? null;
  return isWithin(ceiling, delegation) ? null : ceiling;
}

function prefilled(bot: LimitedBot, request: PermissionRequest | null): PermissionForm {
  if (!request) return { botId: bot.id };
  return {
    botId: bot.id,
    provider: request.provider,
    repositories: request.repositories.join("\n"),
    branches: request.branches.join("\n"),
    capabilities: request.capabilities,
    until: request.until,
  };
}

/** What was just done, and what is missing for a permission to be of use. */
function noticeOf(
  done: string | undefined,
  now: { connected: boolean; app: string; oneOfSeveral: boolean; unknownBot: boolean },
): Notice | null {
  const { connected, app, oneOfSeveral, unknownBot } = now;
  const link = { href: "/accounts", text: `Connect ${app}` };
  if (done === "ended") return { kind: "success", text: "Ended. The bot's next request is refused." };
  if (done === "narrowed") return { kind: "success", text: "Narrowed. What it has no longer is refused from now on." };
  if (done === "refused") return { kind: "success", text: "Refused. Nothing was permitted." };
  if (done === "granted" && connected) {
    return { kind: "success", text: "Permitted. The bot can act as you from now on, until you end it here." };
  }
  if (done === "granted")
    return { kind: "success", text: "Permitted. The bot can act as you once you are connected.", link };
  if (unknownBot) {
    return {
      kind: "warning",
      text: "The address asks for a bot that isn't here, or not any more. Nothing was filled in.",
    };
  }
  if (connected) return null;
  const before = oneOfSeveral ? `with your ${app} account before you connect it` : "as you before you are connected";
  return { kind: "info", text: `No bot can act ${before}, whatever you permit here.`, link };
}
