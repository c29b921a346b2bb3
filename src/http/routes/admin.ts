import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { RevocationOutcome } from "../../actions/accounts/disconnect-account.ts";
import { retryRevocation } from "../../actions/accounts/retry-revocation.ts";
import { revokeAccount } from "../../actions/accounts/revoke-account.ts";
import { Problem } from "../../errors.ts";
import { type LiveAccount, listAccountsOfState, listLiveAccounts } from "../../store/accounts/list-live-accounts.ts";
import { listRevocations, revocationCursor } from "../../store/accounts/list-revocations.ts";
import { readAccount } from "../../store/accounts/read-account.ts";
import { countAccounts } from "../../store/observe.ts";
import { adminAccountsPage } from "../../views/admin-accounts.ts";
import { adminRevocationsPage } from "../../views/admin-revocations.ts";
import type { Notice } from "../../views/notice.ts";
import { adminSession } from "../admin-session.ts";
import type { HttpDeps } from "../deps.ts";
import { cutPage } from "../list-pages.ts";
import { sendPage, signInAddress, viewerOf } from "../page.ts";

const pageSize = 50;
const accountStates = ["active", "limited", "pending"] as const;
const outcome = z.enum(["done", "pending", "unconfirmed"]).optional().catch(undefined);
const id = z.object({ id: z.uuid() });
/** What a page of accounts goes on after: an identity's id, and its login. */
const accountCursor = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})~(.*)$/s;

/** The same where the list is by provider and state. */
const stateCursor = /^([\w-]{1,64})~(\w{1,20})~([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

const accountsQuery = z.object({
  q: z.string().max(100).catch(""),
  provider: z.string().max(64).catch(""),
  state: z.enum(accountStates).or(z.literal("")).catch(""),
  after: z.string().max(1000).optional().catch(undefined),
  done: outcome,
});
const revocationsQuery = z.object({
  after: z.string().regex(revocationCursor).optional().catch(undefined),
  done: outcome,
});

/** What admins see and end. None of it acts as anybody, and whoever is no admin finds nothing here. */
export function adminRoutes(page: FastifyInstance, deps: HttpDeps): void {
  const scope = page.withTypeProvider<ZodTypeProvider>();
  const nameOf = (provider: string) => deps.providers.get(provider)?.name ?? provider;

  scope.get("/admin/accounts", { schema: { querystring: accountsQuery } }, async (request, reply) => {
    const session = await adminSession(deps, request, reply, signInAddress(request));
    if (!session) return reply;
    const { q, provider, state, after, done } = request.query;
    // What PostgreSQL can't hold is no part of a login.
    const search = q.replaceAll("\0", "").trim();
    const counts = await countAccounts(deps.database);
    const providers = [...new Set([...deps.providers.keys(), ...counts.map((each) => each.provider)])].sort();
    const asked = { search, provider: providers.includes(provider) ? provider : "", state };
    const { items, last } = cutPage(await readAccounts(deps, { ...asked, providers, after }), pageSize);
    const filter = { q: search, provider: asked.provider, state };
    const view = adminAccountsPage({
      viewer: viewerOf(session),
      accounts: items.map(({ provider, displayName, ...account }) => ({
        ...account,
        name: displayName,
        providerName: nameOf(provider),
      })),
      search,
      filter: {
        provider: asked.provider,
        state,
        providers: providers.map((id) => ({ id, name: nameOf(id) })),
        states: accountStates,
      },
      first: after ? address("/admin/accounts", filter) : null,
      next: last ? address("/admin/accounts", { ...filter, after: cursorAfter(asked, last) }) : null,
      notice: done ? revokedNotice(done) : null,
    });
    return sendPage(reply, view);
  });

  scope.post("/admin/accounts/:id/revoke", { schema: { params: id } }, async (request, reply) => {
    const session = await adminSession(deps, request, reply, "/?return_to=/admin/accounts");
    if (!session) return reply;
    const account = await readAccount(deps.database, request.params.id);
    if (!account) throw new Problem("not_found", "There is no account of that id.");
    const ended = await revokeAccount(deps, account, { actor: "admin", requestedBy: session.userId });
    return reply.redirect(address("/admin/accounts", { done: ended ?? "done" }), 303);
  });

  scope.get("/admin/revocations", { schema: { querystring: revocationsQuery } }, async (request, reply) => {
    const session = await adminSession(deps, request, reply, signInAddress(request));
    if (!session) return reply;
    const { after, done } = request.query;
    const found = await listRevocations(deps.database, { after: after ?? null, limit: pageSize + 1 });
    const { items, last } = cutPage(found, pageSize);
    const view = adminRevocationsPage({
      viewer: viewerOf(session),
      revocations: items.map(({ provider, ...revocation }) => ({ ...revocation, providerName: nameOf(provider) })),
      first: after ? "/admin/revocations" : null,
      next: last ? address("/admin/revocations", { after: last.cursor }) : null,
      notice: done ? retriedNotice(done) : null,
    });
    return sendPage(reply, view);
  });

  scope.post("/admin/revocations/:id/retry", { schema: { params: id } }, async (request, reply) => {
    const session = await adminSession(deps, request, reply, "/?return_to=/admin/revocations");
    if (!session) return reply;
    const done = await retryRevocation(deps, request.params.id, {
      actor: "admin",
      requestedBy: session.userId,
    });
    return reply.redirect(address("/admin/revocations", { done }), 303);
  });
}

type AskedAccounts = { search: string; provider: string; state: (typeof accountStates)[number] | "" };

/** By login, unless only provider or state narrow the list: what is rare then must not be looked for among all. */
function byState({ search, provider, state }: AskedAccounts): boolean {
  return search === "" && (provider !== "" || state !== "");
}

async function readAccounts(
  deps: HttpDeps,
  asked: AskedAccounts & { providers: readonly string[]; after: string | undefined },
): Promise<LiveAccount[]> {
  const { search, provider, after = "" } = asked;
  const state = asked.state || null;
  const limit = pageSize + 1;
  if (byState(asked)) {
    const [, ofProvider, ofState, id] = stateCursor.exec(after) ?? [];
    return listAccountsOfState(deps.database, {
      providers: provider ? [provider] : asked.providers,
      state,
      after: ofProvider && ofState && id ? { provider: ofProvider, state: ofState, id } : null,
      limit,
    });
  }
  const [, identityId, login] = accountCursor.exec(after.replaceAll("\0", "")) ?? [];
  return listLiveAccounts(deps.database, {
    login: search.replace(/^@/, ""),
    providers: provider ? [provider] : null,
    state,
    after: identityId !== undefined && login !== undefined ? { identityId, login } : null,
    limit,
  });
}

function cursorAfter(asked: AskedAccounts, last: LiveAccount): string {
  return byState(asked) ? `${last.provider}~${last.state}~${last.id}` : `${last.identityId}~${last.login}`;
}

function address(path: string, query: Record<string, string>): string {
  const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ""));
  return search.size > 0 ? `${path}?${search}` : path;
}

const stillTried = { href: "/admin/revocations", text: "See the revocations" };

function revokedNotice(done: RevocationOutcome): Notice {
  switch (done) {
    case "done":
      return { kind: "success", text: "Revoked, and the authorisation was ended at the provider." };
    case "pending":
      return {
        kind: "warning",
        text: "Revoked here. Ending it at the provider is being tried again.",
        link: stillTried,
      };
    case "unconfirmed":
      return { kind: "warning", text: "Revoked here. The provider could not be asked any more.", link: stillTried };
  }
}

function retriedNotice(done: RevocationOutcome): Notice {
  switch (done) {
    case "done":
      return { kind: "success", text: "The provider confirmed it." };
    case "pending":
      return { kind: "warning", text: "The provider has not confirmed it yet. It will be tried again." };
    case "unconfirmed":
      return { kind: "warning", text: "The tokens are dead: it can't be tried again." };
  }
}
