import type { FastifyInstance, FastifyReply } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { endUserPasses } from "../../actions/passes/end-user-passes.ts";
import { endSessions } from "../../actions/sign-in/end-sessions.ts";
import { listLivePasses } from "../../store/user-passes.ts";
import { listSessions, type WhichSessions } from "../../store/user-sessions.ts";
import type { Notice } from "../../views/notice.ts";
import { sessionsPage } from "../../views/sessions.ts";
import { capabilityWords } from "../capability-words.ts";
import type { HttpDeps } from "../deps.ts";
import { cutPage } from "../list-pages.ts";
import { sendPage, signInAddress, viewerOf } from "../page.ts";
import { clearSessionCookie, currentSession, isSignedIn, type UserSession } from "../session.ts";

const path = "/sessions";
const signIn = `/?return_to=${path}`;
const mostSessions = 100;
const pageSize = 50;
const params = z.object({ id: z.uuid() });
const query = z.object({
  after: z.uuid().optional().catch(undefined),
  done: z.enum(["session", "others", "pass", "passes"]).optional().catch(undefined),
});

const notices: Record<"session" | "others" | "pass" | "passes", Notice> = {
  session: { kind: "success", text: "Ended. That browser is signed out." },
  others: { kind: "success", text: "Ended. You are signed in here and nowhere else." },
  pass: {
    kind: "success",
    text: "Ended. Its next request is refused; the bot can make another one while you permit it.",
  },
  passes: { kind: "success", text: "Ended, all of them. Bots can make others while you permit it." },
};

/** Where a person is signed in, and the passes that act as them. */
export function sessionRoutes(page: FastifyInstance, deps: HttpDeps): void {
  const scope = page.withTypeProvider<ZodTypeProvider>();

  scope.get(path, { schema: { querystring: query } }, async (request, reply) => {
    const session = await currentSession(deps, request);
    if (!isSignedIn(session)) return reply.redirect(signInAddress(request), 303);
    const { userId, id: current } = session;
    const { after = null, done } = request.query;
    const [sessions, found] = await Promise.all([
      listSessions(deps.database, { userId, current, limit: mostSessions + 1 }),
      listLivePasses(deps.database, { userId, after, limit: pageSize + 1 }),
    ]);
    const { items, last } = cutPage(found, pageSize);
    const view = sessionsPage({
      viewer: viewerOf(session),
      sessions: sessions.slice(0, mostSessions),
      moreSessions: sessions.length > mostSessions,
      passes: items,
      first: after ? path : null,
      next: last ? `${path}?after=${last.id}` : null,
      capabilities: capabilityWords,
      notice: done ? notices[done] : null,
    });
    return sendPage(reply, view);
  });

  scope.post(`${path}/:id/end`, { schema: { params } }, async (request, reply) => {
    const session = await currentSession(deps, request);
    if (!isSignedIn(session)) return reply.redirect(signIn, 303);
    return end(reply, session, { publicId: request.params.id });
  });

  const which = z.object({ which: z.enum(["others", "all"]) });
  scope.post(`${path}/end`, { schema: { body: which } }, async (request, reply) => {
    const session = await currentSession(deps, request);
    if (!isSignedIn(session)) return reply.redirect(signIn, 303);
    return end(reply, session, request.body.which);
  });

  async function end(reply: FastifyReply, session: UserSession, which: WhichSessions): Promise<FastifyReply> {
    const ended = await endSessions(deps, { userId: session.userId, current: session.id, which });
    if (!ended.current) return reply.redirect(`${path}?done=${which === "others" ? "others" : "session"}`, 303);
    clearSessionCookie(deps, reply);
    return reply.redirect("/?done=signed-out", 303);
  }

  scope.post(`${path}/passes/:id/end`, { schema: { params } }, async (request, reply) => {
    const session = await currentSession(deps, request);
    if (!isSignedIn(session)) return reply.redirect(signIn, 303);
    await endUserPasses(deps, { userId: session.userId, id: request.params.id });
    return reply.redirect(`${path}?done=pass`, 303);
  });

  scope.post(`${path}/passes/end`, async (request, reply) => {
    const session = await currentSession(deps, request);
    if (!isSignedIn(session)) return reply.redirect(signIn, 303);
    await endUserPasses(deps, { userId: session.userId });
    return reply.redirect(`${path}?done=passes`, 303);
  });
}
