import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { cancelConnect } from "../../actions/connect-links/cancel-connect.ts";
import { completeConnect } from "../../actions/connect-links/complete-connect.ts";
import { confirmConnect } from "../../actions/connect-links/confirm-connect.ts";
import { LinkRefusal } from "../../actions/connect-links/link-refusal.ts";
import { openConnectLink, readConnecting, userName } from "../../actions/connect-links/open-connect-link.ts";
import { startFromLink } from "../../actions/connect-links/start-from-link.ts";
import { ConnectRefusal } from "../../actions/sign-in/connect-refusal.ts";
import { missingScopes, type Provider } from "../../providers/provider.ts";
import { readUserAccount } from "../../store/accounts/read-account.ts";
import type { ConnectLink, PendingGrant } from "../../store/connect-links.ts";
import { readIdentity } from "../../store/identities.ts";
import { connectConfirmPage } from "../../views/connect-confirm.ts";
import { connectLinkPage } from "../../views/connect-link.ts";
import type { Html } from "../../views/html.ts";
import type { Viewer } from "../../views/layout.ts";
import { messagePage } from "../../views/message.ts";
import { anySession } from "../any-session.ts";
import { capabilityWords } from "../capability-words.ts";
import { linkEndWords, linkRefusalWords } from "../connect-link-words.ts";
import type { HttpDeps } from "../deps.ts";
import { offersBody } from "../offers-body.ts";
import { bareViewer, sendPage } from "../page.ts";
import type { CountAttempt } from "../rate-limits.ts";
import { sendConnectRefusal } from "../send-connect-refusal.ts";
import { currentSession, sessionSecret } from "../session.ts";
import { whoMayActThen } from "../who-may-act.ts";

/** Long enough for what may take ten minutes at the provider, ten before the second page, and some more. */
const connectingLifeSeconds = 30 * 60;

/** The pages of a connect link: what is asked for, whose account came back, and what became of it. */
export function connectingRoutes(page: FastifyInstance, deps: HttpDeps & { countAttempt: CountAttempt }): void {
  const scope = page.withTypeProvider<ZodTypeProvider>();
  const bySecret = z.object({ secret: z.string().max(200) });
  const byId = z.object({ id: z.uuid() });

  scope.get("/connect-links/:secret", { schema: { params: bySecret } }, (request, reply) =>
    refusing(deps, request, reply, async () => {
      const visitor = await currentSession(deps, request);
      const link = await openConnectLink(deps, { secret: request.params.secret, visitor });
      if (link.pending || link.outcome) return reply.redirect(`/connecting/${link.id}`, 303);
      return sendPage(reply, await askingPage(deps, link, bareViewer(visitor), request.params.secret));
    }),
  );

  scope.post("/connect-links/:secret", { schema: { params: bySecret, body: offersBody } }, (request, reply) =>
    refusing(deps, request, reply, async () => {
      const visitor = await currentSession(deps, request);
      const link = await openConnectLink(deps, { secret: request.params.secret, visitor });
      if (link.pending || link.outcome) return reply.redirect(`/connecting/${link.id}`, 303);
      const provider = providerOf(deps, link);
      try {
        const secret = await anySession(deps, request, reply, connectingLifeSeconds);
        const { offer: shown = [], refuse: refused = [] } = request.body ?? {};
        const address = await startFromLink(deps, { link, provider, sessionSecret: secret, shown, refused });
        return reply.redirect(address, 303);
      } catch (error) {
        if (!(error instanceof ConnectRefusal)) throw error;
        return sendConnectRefusal(deps, request, reply, error, provider.name);
      }
    }),
  );

  scope.get("/connecting/:id", { schema: { params: byId } }, (request, reply) =>
    refusing(deps, request, reply, async () => {
      const visitor = await currentSession(deps, request);
      const link = await readConnecting(deps, { id: request.params.id, visitor });
      const viewer = bareViewer(visitor);
      if (link.pending?.state === "held") {
        return sendPage(reply, await confirmingPage(deps, link, link.pending, viewer));
      }
      return sendPage(reply, messagePage({ ...linkEndWords(link, providerOf(deps, link).name), viewer }));
    }),
  );

  scope.post("/connecting/:id/confirm", { schema: { params: byId } }, (request, reply) =>
    refusing(deps, request, reply, async () => {
      const visitor = await currentSession(deps, request);
      const link = await readConnecting(deps, { id: request.params.id, visitor });
      const secret = sessionSecret(deps, request);
      if (!link.pending || !secret) return reply.redirect(`/connecting/${link.id}`, 303);
      const provider = providerOf(deps, link);
      try {
        const address = await confirmConnect(deps, { link, sessionSecret: secret });
        if (address) return reply.redirect(address, 303);
        await completeConnect(deps, { id: link.id, by: { actor: "user" } });
        return reply.redirect("/accounts?done=connected", 303);
      } catch (error) {
        if (!(error instanceof ConnectRefusal)) throw error;
        return sendConnectRefusal(deps, request, reply, error, provider.name);
      }
    }),
  );

  scope.post("/connecting/:id/cancel", { schema: { params: byId } }, (request, reply) =>
    refusing(deps, request, reply, async () => {
      const visitor = await currentSession(deps, request);
      const link = await readConnecting(deps, { id: request.params.id, visitor });
      await cancelConnect(deps, link);
      return reply.redirect(`/connecting/${link.id}`, 303);
    }),
  );
}

/** The provider of a link that was made while it was configured. */
function providerOf(deps: HttpDeps, link: ConnectLink): Provider {
  const provider = deps.providers.get(link.provider);
  if (!provider) throw new LinkRefusal("link_unknown");
  return provider;
}

async function askingPage(deps: HttpDeps, link: ConnectLink, viewer: Viewer | null, secret: string): Promise<Html> {
  const provider = providerOf(deps, link);
  const account = await readUserAccount(deps.database, { userId: link.userId, provider: provider.id });
  const live = account && account.state !== "revoked" ? account : null;
  const connectedAs = live && (await readIdentity(deps.database, live.identityId));
  const { offers, permitted } = await whoMayActThen(deps, link.userId, provider);
  return connectLinkPage({
    viewer,
    action: `/connect-links/${secret}`,
    providerName: provider.name,
    platform: link.platform,
    user: userName(link),
    login: link.externalId === null ? null : link.login,
    scopes: link.scopes,
    connectedAs: connectedAs?.login ?? null,
    offers: live ? [] : offers,
    permitted,
    capabilities: capabilityWords,
  });
}

async function confirmingPage(
  deps: HttpDeps,
  link: ConnectLink,
  pending: PendingGrant,
  viewer: Viewer | null,
): Promise<Html> {
  const provider = providerOf(deps, link);
  const { offers, permitted } = await whoMayActThen(deps, link.userId, provider);
  const accepted = offers.filter(({ id }) => link.offerIds.includes(id)).map(({ botName }) => botName);
  return connectConfirmPage({
    viewer,
    action: `/connecting/${link.id}`,
    providerName: provider.name,
    platform: link.platform,
    user: userName(link),
    login: pending.login,
    name: pending.displayName,
    bots: [...new Set([...permitted, ...accepted])],
    missing: missingScopes(provider, pending.scopes),
  });
}

/** Answers a refusal with its page. Whoever guesses links is counted by address. */
async function refusing(
  deps: HttpDeps & { countAttempt: CountAttempt },
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<FastifyReply>,
): Promise<FastifyReply> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LinkRefusal)) throw error;
    const { reason } = error;
    if (reason === "link_unknown" || reason === "link_other_browser") await deps.countAttempt(request);
    request.log.info({ reason }, "a connect link was refused");
    const { status, ...words } = linkRefusalWords(error);
    const viewer = bareViewer(await currentSession(deps, request));
    return sendPage(reply, messagePage({ ...words, tone: "danger", code: reason, viewer }), status);
  }
}
