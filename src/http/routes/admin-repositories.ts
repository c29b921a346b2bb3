import type { FastifyInstance, FastifyReply } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { askForSync } from "../../actions/repositories/ask-for-sync.ts";
import { changeSyncedBy } from "../../actions/repositories/change-synced-by.ts";
import { removeRepository } from "../../actions/repositories/remove-repository.ts";
import { Problem } from "../../errors.ts";
import {
  type ListedRepository,
  listRepositoriesWithRuns,
  readListedRepository,
} from "../../store/listed-repositories.ts";
import { listSyncs } from "../../store/syncs.ts";
import { type AdminRepository, adminRepositoriesPage } from "../../views/admin-repositories.ts";
import { type AdminIdentityForm, adminRepositoryPage } from "../../views/admin-repository.ts";
import type { Notice } from "../../views/notice.ts";
import { adminSession } from "../admin-session.ts";
import type { HttpDeps } from "../deps.ts";
import { cutPage } from "../list-pages.ts";
import { sendPage, signInAddress, viewerOf } from "../page.ts";
import type { UserSession } from "../session.ts";

const path = "/admin/repositories";
const pageSize = 50;
const params = z.object({ id: z.uuid() });
const query = z.object({
  after: z.uuid().optional().catch(undefined),
  done: z.string().max(20).optional().catch(undefined),
});
const identityBody = z.object({
  as: z.enum(["app", "me", "user"]).or(z.literal("")).catch(""),
  user: z.string().max(700).catch(""),
});

/** The mirrors: as whom each is synced, and how its runs ended. For admins, who can't make it act as just anybody. */
export function adminRepositoryRoutes(page: FastifyInstance, deps: HttpDeps): void {
  const scope = page.withTypeProvider<ZodTypeProvider>();
  const signIn = `/?return_to=${path}`;

  scope.get(path, { schema: { querystring: query } }, async (request, reply) => {
    const session = await adminSession(deps, request, reply, signInAddress(request));
    if (!session) return reply;
    const { after = null, done } = request.query;
    const found = await listRepositoriesWithRuns(deps.database, { after, limit: pageSize + 1 });
    const { items, last } = cutPage(found, pageSize);
    const view = adminRepositoriesPage({
      viewer: viewerOf(session),
      repositories: items.map((repository) => shown(deps, repository)),
      first: after ? path : null,
      next: last ? `${path}?after=${last.id}` : null,
      notice: noticeOf(done),
    });
    return sendPage(reply, view);
  });

  scope.get(`${path}/:id`, { schema: { params, querystring: query } }, async (request, reply) => {
    const session = await adminSession(deps, request, reply, signInAddress(request));
    if (!session) return reply;
    const { after, done } = request.query;
    return sendRepository(deps, reply, session, { id: request.params.id, after, notice: noticeOf(done) });
  });

  scope.post(`${path}/:id/sync`, { schema: { params } }, async (request, reply) => {
    const session = await adminSession(deps, request, reply, signIn);
    if (!session) return reply;
    const { id } = request.params;
    await askForSync(deps, { id, by: { actor: "admin", requestedBy: session.userId } });
    return reply.redirect(`${path}/${id}?done=asked`, 303);
  });

  scope.post(`${path}/:id/identity`, { schema: { params, body: identityBody } }, async (request, reply) => {
    const session = await adminSession(deps, request, reply, signIn);
    if (!session) return reply;
    const { id } = request.params;
    const { as, user } = request.body;
    const refused = (error: string, field: AdminIdentityForm["field"], code = 400) =>
      sendRepository(deps, reply, session, { id, form: { as, user, error, field } }, code);
    if (as === "") return refused("Choose one of the three.", null);
    const reference = user.trim();
    if (as === "user" && reference === "") return refused("Say who: gh.NUMBER, ext.ID or an id.", "user");
    const whom = { app: null, me: session.userId, user: reference }[as];
    try {
      await changeSyncedBy(deps, { id, as: whom, by: { actor: "admin", requestedBy: session.userId } });
    } catch (error) {
      if (!(error instanceof Problem) || error.code === "not_found" || error.status >= 500) throw error;
      return refused(error.message, as === "user" ? "user" : null, error.status);
    }
    return reply.redirect(`${path}/${id}?done=changed`, 303);
  });

  scope.post(`${path}/:id/remove`, { schema: { params } }, async (request, reply) => {
    const session = await adminSession(deps, request, reply, signIn);
    if (!session) return reply;
    await removeRepository(deps, { id: request.params.id, by: { actor: "admin", requestedBy: session.userId } });
    return reply.redirect(`${path}?done=removed`, 303);
  });
}

async function sendRepository(
  deps: HttpDeps,
  reply: FastifyReply,
  session: UserSession,
  asked: { id: string; after?: string | undefined; notice?: Notice | null; form?: AdminIdentityForm },
  code = 200,
): Promise<FastifyReply> {
  const { id, after, notice = null, form = null } = asked;
  const repository = await readListedRepository(deps.database, id);
  if (!repository) throw new Problem("not_found", "There is no repository of that id.");
  const { items, last } = cutPage(
    await listSyncs(deps.database, { repositoryId: id, after, limit: pageSize + 1 }),
    pageSize,
  );
  const view = adminRepositoryPage({
    viewer: viewerOf(session),
    repository: shown(deps, repository),
    runs: items,
    first: after ? `${path}/${id}` : null,
    next: last ? `${path}/${id}?after=${last.id}` : null,
    notice,
    form,
  });
  return sendPage(reply, view, code);
}

function shown(deps: HttpDeps, { provider, ...repository }: ListedRepository): AdminRepository {
  return { ...repository, providerName: deps.providers.get(provider)?.name ?? provider };
}

function noticeOf(done: string | undefined): Notice | null {
  const said: Record<string, string> = {
    asked: "It is brought up to date now.",
    changed: "Changed. It is brought up to date so now.",
    removed: "Removed. Nothing is fetched any more.",
  };
  const text = done !== undefined && Object.hasOwn(said, done) ? said[done] : undefined;
  return text === undefined ? null : { kind: "success", text };
}
