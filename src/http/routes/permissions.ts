import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { agreeToSignOff } from "../../actions/delegations/agree-to-sign-off.ts";
import { DelegationFault } from "../../actions/delegations/delegation-fault.ts";
import { endDelegation } from "../../actions/delegations/end-delegation.ts";
import { grantDelegation } from "../../actions/delegations/grant-delegation.ts";
import { usualApp } from "../../actions/delegations/named-app.ts";
import { refuseBot } from "../../actions/delegations/refuse-bot.ts";
import { Problem } from "../../errors.ts";
import { listLimitedBots } from "../../store/ceilings.ts";
import { isDelegationOf } from "../../store/delegations.ts";
import { actingAccounts } from "../acting-apps.ts";
import type { HttpDeps } from "../deps.ts";
import { lastMoment } from "../last-moment.ts";
import { signInAddress } from "../page.ts";
import {
  longestRequest,
  type PermissionRequest,
  permissionQuery,
  readPermissionRequest,
} from "../permission-request.ts";
import { sendPermissions } from "../permissions-page.ts";
import { linesOf, scopeBody } from "../scope-body.ts";
import { currentSession, isSignedIn } from "../session.ts";

const asked = z.string().max(longestRequest).catch("");
const formBody = scopeBody.extend({
  bot: z.string().max(100).catch(""),
  provider: z.string().max(100).catch(usualApp),
  until: z.string().max(40).catch(""),
  request: asked,
});

/** Which bots may act as the person. */
export function permissionRoutes(page: FastifyInstance, deps: HttpDeps): void {
  const scope = page.withTypeProvider<ZodTypeProvider>();
  const readRequest = (query: string) =>
    readPermissionRequest(query, [usualApp, ...actingAccounts(deps).map(({ id }) => id)]);
  scope.get(
    "/permissions",
    {
      schema: {
        querystring: z.object({
          done: z.string().optional(),
          bot: z.string().optional(),
          provider: z.string().max(100).optional().catch(undefined),
        }),
      },
    },
    async (request, reply) => {
      const session = await currentSession(deps, request);
      if (!isSignedIn(session)) return reply.redirect(signInAddress(request), 303);
      const { done, bot: botName } = request.query;
      const provider = actingAccounts(deps).find(({ id }) => id === request.query.provider)?.id;
      const [, query = ""] = request.url.split(/\?(.*)/s);
      return sendPermissions(deps, reply, session, { done, provider, botName, request: readRequest(query) });
    },
  );

  scope.post("/permissions", { schema: { body: formBody } }, async (request, reply) => {
    const session = await currentSession(deps, request);
    const form = request.body;
    if (!isSignedIn(session)) return reply.redirect(signInAndReturn(readRequest(form.request)), 303);
    try {
      const bot = (await listLimitedBots(deps.database)).find(({ id }) => id === form.bot);
      if (!bot) throw new DelegationFault("bot", "Choose one of the bots.");
      const account = actingAccounts(deps).find(({ id }) => id === form.provider);
      if (!account) throw new DelegationFault("provider", "Choose one of your accounts.");
      await grantDelegation(deps, {
        userId: session.userId,
        bot: { ...bot, kind: "bot" },
        provider: account.id,
        repositories: linesOf(form.repositories),
        branches: linesOf(form.branches),
        capabilities: form.capability,
        endsAt: lastMoment(form.until),
        grantedBy: "user",
      });
      return reply.redirect(
        `/permissions?done=granted${account.id === usualApp ? "" : `&provider=${account.id}`}`,
        303,
      );
    } catch (error) {
      if (!(error instanceof DelegationFault)) throw error;
      const { provider, repositories, branches, until, capability } = form;
      const entered = { botId: form.bot, provider, repositories, branches, until, capabilities: capability };
      const wish = readRequest(form.request);
      const back = { ...entered, error: error.message, field: error.field };
      return sendPermissions(deps, reply, session, { form: back, request: wish, botName: wish?.botName }, 400);
    }
  });

  scope.post("/permissions/refuse", { schema: { body: z.object({ request: asked }) } }, async (request, reply) => {
    const session = await currentSession(deps, request);
    if (!isSignedIn(session)) return reply.redirect(signInAndReturn(readRequest(request.body.request)), 303);
    const wish = readRequest(request.body.request);
    const bot = (await listLimitedBots(deps.database)).find(({ name }) => name === wish?.botName);
    if (!wish || !bot) throw new Problem("not_found", "There is no such request, or no such bot any more.");
    await refuseBot(deps, { userId: session.userId, botId: bot.id, provider: wish.provider, asked: wish });
    return reply.redirect("/permissions?done=refused", 303);
  });

  scope.post(
    "/permissions/sign-off",
    { schema: { body: z.object({ agree: z.enum(["yes", "no"]) }) } },
    async (request, reply) => {
      const session = await currentSession(deps, request);
      if (!isSignedIn(session)) return reply.redirect("/?return_to=/permissions", 303);
      await agreeToSignOff(deps, { userId: session.userId, signOff: request.body.agree === "yes" });
      return reply.redirect("/permissions?done=sign-off", 303);
    },
  );

  scope.post("/permissions/:id/end", { schema: { params: z.object({ id: z.uuid() }) } }, async (request, reply) => {
    const session = await currentSession(deps, request);
    if (!isSignedIn(session)) return reply.redirect("/?return_to=/permissions", 303);
    const { id } = request.params;
    const ended = await endDelegation(deps, { id, userId: session.userId });
    // A button that was pressed twice has done what it says; somebody else's permission was never there.
    if (!ended && !(await isDelegationOf(deps.database, { id, userId: session.userId }))) {
      throw new Problem("not_found", "You have given no permission of that id.");
    }
    return reply.redirect("/permissions?done=ended", 303);
  });
}

/** The sign-in, which comes back to the request that the person was looking at. */
function signInAndReturn(wish: PermissionRequest | null): string {
  return wish
    ? `/?return_to=${encodeURIComponent(`/permissions?${permissionQuery(wish)}`)}`
    : "/?return_to=/permissions";
}
