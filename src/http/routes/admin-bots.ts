import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { offerBot } from "../../actions/bots/offer-bot.ts";
import { setCeiling } from "../../actions/bots/set-ceiling.ts";
import { withdrawOffer } from "../../actions/bots/withdraw-offer.ts";
import { DelegationFault } from "../../actions/delegations/delegation-fault.ts";
import { usualApp } from "../../actions/delegations/named-app.ts";
import { githubProviders } from "../../config/github-app.ts";
import type { AdminBotForm } from "../../views/admin-bot.ts";
import { adminBotsPage } from "../../views/admin-bots.ts";
import type { Notice } from "../../views/notice.ts";
import { isScopeField } from "../../views/scope-fields.ts";
import { adminBots, sendBot } from "../admin-bots.ts";
import { adminSession } from "../admin-session.ts";
import { capabilityWords } from "../capability-words.ts";
import type { HttpDeps } from "../deps.ts";
import { sendPage, signInAddress, viewerOf } from "../page.ts";
import { linesOf, scopeBody } from "../scope-body.ts";

const params = z.object({ id: z.uuid() });
/** To whoever connects which of GitHub's Apps something is offered. */
const ofApp = { provider: z.enum(githubProviders).catch(usualApp) };
const revokedNotice: Notice = { kind: "success", text: "Revoked, with its keys and everybody's permissions for it." };
const querystring = z.object({ done: z.string().max(20).optional().catch(undefined) });

/** How far people can let bots go, and which bots everybody is offered. For admins. */
export function adminBotRoutes(page: FastifyInstance, deps: HttpDeps): void {
  const scope = page.withTypeProvider<ZodTypeProvider>();
  const signIn = "/?return_to=/admin/bots";

  scope.get("/admin/bots", { schema: { querystring } }, async (request, reply) => {
    const session = await adminSession(deps, request, reply, signInAddress(request));
    if (!session) return reply;
    const notice = request.query.done === "revoked" ? revokedNotice : null;
    const view = { viewer: viewerOf(session), bots: await adminBots(deps), capabilities: capabilityWords, notice };
    return sendPage(reply, adminBotsPage(view));
  });

  scope.get("/admin/bots/:id", { schema: { params, querystring } }, async (request, reply) => {
    const session = await adminSession(deps, request, reply, signInAddress(request));
    if (!session) return reply;
    return sendBot(deps, reply, session, { id: request.params.id, notice: noticeOf(request.query.done) });
  });

  scope.post("/admin/bots/:id/ceiling", { schema: { params, body: scopeBody } }, (request, reply) =>
    changed(request, reply, "ceiling", async (by) => {
      const ceiling = scopeOf(request.body);
      const { withdrawn } = await setCeiling(deps, { botId: request.params.id, ceiling, by });
      return withdrawn ? "limited-withdrawn" : "limited";
    }),
  );

  scope.post("/admin/bots/:id/ceiling/remove", { schema: { params } }, (request, reply) =>
    changed(request, reply, "ceiling", async (by) => {
      await setCeiling(deps, { botId: request.params.id, ceiling: null, by });
      return "unlimited";
    }),
  );

  scope.post("/admin/bots/:id/offer", { schema: { params, body: scopeBody.extend(ofApp) } }, (request, reply) =>
    changed(request, reply, "offer", async (by) => {
      const { provider } = request.body;
      await offerBot(deps, { botId: request.params.id, provider, scope: scopeOf(request.body), by });
      return "offered";
    }),
  );

  scope.post(
    "/admin/bots/:id/offer/withdraw",
    { schema: { params, body: z.object(ofApp).nullish() } },
    (request, reply) =>
      changed(request, reply, "offer", async (by) => {
        const { provider } = request.body ?? { provider: usualApp };
        await withdrawOffer(deps, { botId: request.params.id, provider, by });
        return "withdrawn";
      }),
  );

  /** Lets an admin change something, and shows what is wrong with what they entered in the form that it came from. */
  async function changed(
    request: FastifyRequest<{ Params: { id: string }; Body?: unknown }>,
    reply: FastifyReply,
    which: AdminBotForm["which"],
    change: (by: { actor: "admin"; requestedBy: string }) => Promise<string>,
  ): Promise<FastifyReply> {
    const session = await adminSession(deps, request, reply, signIn);
    if (!session) return reply;
    const { id } = request.params;
    try {
      const done = await change({ actor: "admin", requestedBy: session.userId });
      return reply.redirect(`/admin/bots/${id}?done=${done}`, 303);
    } catch (error) {
      if (!(error instanceof DelegationFault)) throw error;
      const entered = scopeBody.extend(ofApp).parse(request.body ?? {});
      const { provider, repositories, branches, capability: chosen } = entered;
      const field = isScopeField(error.field) ? error.field : null;
      const form = { which, provider, repositories, branches, capabilities: chosen, error: error.message, field };
      return sendBot(deps, reply, session, { id, form }, 400);
    }
  }
}

function scopeOf(body: z.infer<typeof scopeBody>) {
  return {
    repositories: linesOf(body.repositories),
    branches: linesOf(body.branches),
    capabilities: body.capability,
  };
}

function noticeOf(done: string | undefined): Notice | null {
  const said: Record<string, string> = {
    limited: "Limited. What goes further is refused from the bot's next request on.",
    "limited-withdrawn": "Limited. Its offer went further, and was withdrawn.",
    unlimited: "The limit is removed. What people permitted beyond it holds again.",
    offered: "Offered to everybody who connects from now on.",
    "key-ended": "Ended. It lets nobody in any more.",
    withdrawn: "Withdrawn. It is not offered any more.",
  };
  const text = done !== undefined && Object.hasOwn(said, done) ? said[done] : undefined;
  return text === undefined ? null : { kind: done === "limited-withdrawn" ? "warning" : "success", text };
}
