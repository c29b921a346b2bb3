import type { FastifyInstance, FastifyReply } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { RevocationOutcome } from "../../actions/accounts/disconnect-account.ts";
import { deactivateUser } from "../../actions/users/deactivate-user.ts";
import { eraseUser } from "../../actions/users/erase-user.ts";
import { letInAgain } from "../../actions/users/let-in-again.ts";
import { liftTombstone } from "../../actions/users/lift-tombstone.ts";
import { Problem } from "../../errors.ts";
import { type ListedUser, listUsers, readListedUser, searchUsers } from "../../store/list-users.ts";
import { parseUserReference } from "../../store/users.ts";
import { adminUserPage } from "../../views/admin-user.ts";
import { type AdminUser, type AdminUsersPageProps, adminUsersPage } from "../../views/admin-users.ts";
import type { Notice } from "../../views/notice.ts";
import { adminSession } from "../admin-session.ts";
import type { HttpDeps } from "../deps.ts";
import { cutPage } from "../list-pages.ts";
import { sendPage, signInAddress, viewerOf } from "../page.ts";
import type { UserSession } from "../session.ts";
import { confirmBody, wordFault } from "../typed-word.ts";

const path = "/admin/users";
const pageSize = 50;
const statuses = ["active", "deactivated", "erased"] as const;
const params = z.object({ id: z.uuid() });
const done = z.string().max(30).optional().catch(undefined);
const query = z.object({
  q: z.string().max(700).catch(""),
  status: z.enum(statuses).or(z.literal("")).catch(""),
  after: z.uuid().optional().catch(undefined),
  done,
});
const numberBody = z.object({ number: z.string().max(100).catch("") });

/** The people who are known here: who they are, and what ends their access. For admins. */
export function adminUserRoutes(page: FastifyInstance, deps: HttpDeps): void {
  const scope = page.withTypeProvider<ZodTypeProvider>();
  const signIn = `/?return_to=${path}`;

  scope.get(path, { schema: { querystring: query } }, async (request, reply) => {
    const session = await adminSession(deps, request, reply, signInAddress(request));
    if (!session) return reply;
    return sendUsers(deps, reply, session, request.query);
  });

  scope.get(`${path}/:id`, { schema: { params, querystring: z.object({ done }) } }, async (request, reply) => {
    const session = await adminSession(deps, request, reply, signInAddress(request));
    if (!session) return reply;
    const user = await requireUser(deps, request.params.id);
    return sendUser(deps, reply, session, user, { notice: noticeOf(request.query.done) });
  });

  scope.post(`${path}/let-in`, { schema: { body: numberBody } }, async (request, reply) => {
    const session = await adminSession(deps, request, reply, signIn);
    if (!session) return reply;
    const number = request.body.number.trim();
    const refused = (error: string) =>
      sendUsers(deps, reply, session, { q: "", status: "", letIn: { number, error } }, 400);
    const [, digits] = /^(?:gh\.)?([1-9]\d{0,18})$/.exec(number) ?? [];
    if (!digits) return refused("Write the number alone, like 583231.");
    try {
      await liftTombstone(deps, { number: digits, by: { actor: "admin", requestedBy: session.userId } });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return refused(error.message);
    }
    return reply.redirect(`${path}?done=let-in`, 303);
  });

  scope.post(`${path}/:id/let-in`, { schema: { params } }, async (request, reply) => {
    const session = await adminSession(deps, request, reply, signIn);
    if (!session) return reply;
    const { id } = request.params;
    await letInAgain(deps, { userId: id, by: { actor: "admin", requestedBy: session.userId } });
    return reply.redirect(`${path}/${id}?done=let-in`, 303);
  });

  scope.post(`${path}/:id/deactivate`, { schema: { params } }, async (request, reply) => {
    const session = await adminSession(deps, request, reply, signIn);
    if (!session) return reply;
    const { id } = request.params;
    requireOther(session, id);
    await requireUser(deps, id);
    const by = { actor: "admin", requestedBy: session.userId } as const;
    const { revocations } = await deactivateUser(deps, { userId: id, by });
    return reply.redirect(`${path}/${id}?done=deactivated-${revocations}`, 303);
  });

  scope.post(`${path}/:id/erase`, { schema: { params, body: confirmBody } }, async (request, reply) => {
    const session = await adminSession(deps, request, reply, signIn);
    if (!session) return reply;
    const { id } = request.params;
    requireOther(session, id);
    const user = await requireUser(deps, id);
    const error = wordFault(request.body.confirm, confirmWord(user));
    if (error) return sendUser(deps, reply, session, user, { error }, 400);
    const by = { actor: "admin", requestedBy: session.userId } as const;
    const { revocations } = await eraseUser(deps, { userId: id, by });
    return reply.redirect(`${path}?done=erased-${revocations}`, 303);
  });
}

/** An admin who shuts themselves out would have to be let in by an operator. */
function requireOther(session: UserSession, userId: string): void {
  if (session.userId !== userId) return;
  throw new Problem("bad_request", "This is you: erase yourself at /erase, or have another admin deactivate you.");
}

async function requireUser(deps: HttpDeps, id: string): Promise<ListedUser> {
  const user = await readListedUser(deps.database, { kind: "id", value: id });
  if (!user) throw new Problem("user_not_found", "There is no user of that id.");
  return user;
}

/** What nobody writes by mistake, and what tells this person from others. */
function confirmWord({ identities, externalId, id }: ListedUser): string {
  return identities[0]?.login ?? externalId ?? id;
}

async function sendUsers(
  deps: HttpDeps,
  reply: FastifyReply,
  session: UserSession,
  asked: Pick<AdminUsersPageProps, "status" | "letIn"> & {
    q: string;
    after?: string | undefined;
    done?: string | undefined;
  },
  code = 200,
): Promise<FastifyReply> {
  const { status, after, letIn = null } = asked;
  // What PostgreSQL can't hold is no part of a login.
  const search = asked.q.replaceAll("\0", "").trim();
  const found = search
    ? await findUsers(deps, search, status)
    : await listUsers(deps.database, { status: status || null, after: after ?? null, limit: pageSize + 1 });
  const { items, last } = cutPage(found, pageSize);
  const address = (more: Record<string, string>) => {
    const filled = Object.entries({ status, ...more }).filter(([, value]) => value !== "");
    return filled.length > 0 ? `${path}?${new URLSearchParams(filled)}` : path;
  };
  const view = adminUsersPage({
    viewer: viewerOf(session),
    users: items.map((user) => shown(deps, user)),
    search,
    status,
    more: search !== "" && last !== null,
    first: after && !search ? address({}) : null,
    next: last && !search ? address({ after: last.id }) : null,
    notice: noticeOf(asked.done),
    letIn,
  });
  return sendPage(reply, view, code);
}

/** A reference names one user; anything else is how a login or the platform's id begins. */
async function findUsers(deps: HttpDeps, search: string, status: AdminUser["status"] | ""): Promise<ListedUser[]> {
  const reference = parseUserReference(search);
  const named = reference && reference.kind !== "login" ? await readListedUser(deps.database, reference) : null;
  const text = search.replace(/^@/, "");
  const found = named ? [named] : await searchUsers(deps.database, { text, limit: pageSize + 1 });
  return found.filter((user) => !status || user.status === status);
}

async function sendUser(
  deps: HttpDeps,
  reply: FastifyReply,
  session: UserSession,
  user: ListedUser,
  said: { notice?: Notice | null; error?: string },
  code = 200,
): Promise<FastifyReply> {
  const own = session.userId === user.id;
  const view = adminUserPage({
    viewer: viewerOf(session),
    user: shown(deps, user),
    own,
    word: confirmWord(user),
    ...said,
  });
  return sendPage(reply, view, code);
}

function shown(deps: HttpDeps, user: ListedUser): AdminUser {
  const named = <Of extends { provider: string }>({ provider, ...rest }: Of) => ({
    ...rest,
    providerName: deps.providers.get(provider)?.name ?? provider,
  });
  return { ...user, identities: user.identities.map(named), accounts: user.accounts.map(named) };
}

const revocationWords: Record<RevocationOutcome, { kind: Notice["kind"]; text: string }> = {
  done: { kind: "success", text: "No authorisation of theirs is left at a provider." },
  pending: { kind: "warning", text: "Ending their authorisation at the provider is tried until it confirms." },
  unconfirmed: { kind: "warning", text: "A provider could not confirm that their authorisation has ended." },
};

function noticeOf(said: string | undefined): Notice | null {
  if (said === "let-in") return { kind: "success", text: "Nothing keeps them out any more." };
  const [, what, outcome] = /^(deactivated|erased)-(done|pending|unconfirmed)$/.exec(said ?? "") ?? [];
  const words = Object.entries(revocationWords).find(([name]) => name === outcome)?.[1];
  if (!what || !words) return null;
  return { kind: words.kind, text: `${what === "erased" ? "Erased" : "Deactivated"}. ${words.text}` };
}
