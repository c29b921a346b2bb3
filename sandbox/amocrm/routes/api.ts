import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Pair } from "../grants.ts";
import { hostOf } from "../host.ts";
import { sendApiProblem } from "../problem.ts";
import type { AmocrmAccount, AmocrmUser } from "../seed.ts";
import type { AmocrmWorld } from "../world.ts";

interface Caller {
  account: AmocrmAccount;
  user: AmocrmUser;
}

const change = z.object({ name: z.string().optional(), price: z.number().optional() });
const bulkChange = z.array(change.extend({ id: z.number() })).min(1);
const creation = z.array(change).min(1);

/** `/api/v4/…` on an account's host: the account, its users, its leads. */
export function routeApi(server: FastifyInstance, world: AmocrmWorld): void {
  const asCaller =
    (handle: (caller: Caller, request: FastifyRequest, reply: FastifyReply) => unknown) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      const caller = readCaller(world, request);
      if (caller === "elsewhere") return sendApiProblem(reply, world.switches.formerHostStatus, "Account not found");
      if (!caller) return sendApiProblem(reply, 401, "Unauthorized");
      return handle(caller, request, reply);
    };

  server.get(
    "/api/v4/account",
    asCaller(({ account, user }) => ({ ...accountBody(account), current_user_id: user.id })),
  );

  server.get<{ Params: { id: string } }>(
    "/api/v4/users/:id",
    asCaller(({ account, user }, request, reply) => {
      if (!user.admin) return sendApiProblem(reply, 403, "Forbidden");
      const found = account.users.find(({ id }) => String(id) === paramOf(request));
      if (!found) return sendApiProblem(reply, 404, "Not found");
      const { id, name, email, admin } = found;
      return { id, name, email, lang: "en", rights: { is_admin: admin, is_active: true } };
    }),
  );

  server.get(
    "/api/v4/leads",
    asCaller(({ account }, _request, reply) =>
      account.leads.length === 0 ? reply.code(204).send() : { _page: 1, _embedded: { leads: account.leads } },
    ),
  );

  server.get(
    "/api/v4/leads/:id",
    asCaller(({ account }, request, reply) => leadOf(account, paramOf(request)) ?? reply.code(204).send()),
  );

  server.post(
    "/api/v4/leads",
    asCaller(({ account, user }, request, reply) => {
      const body = creation.safeParse(request.body);
      if (!body.success) return sendApiProblem(reply, 400, "Request validation failed");
      const made = body.data.map(({ name = "", price = 0 }) => {
        const id = Math.max(500, ...account.leads.map((lead) => lead.id)) + 1;
        const lead = { id, name, price, updated_by: user.id };
        account.leads.push(lead);
        return { id, request_id: "0" };
      });
      return { _embedded: { leads: made } };
    }),
  );

  server.patch(
    "/api/v4/leads",
    asCaller(({ account, user }, request, reply) => {
      const body = bulkChange.safeParse(request.body);
      if (!body.success || body.data.some(({ id }) => !leadOf(account, String(id)))) {
        return sendApiProblem(reply, 400, "Request validation failed");
      }
      for (const { id, ...changes } of body.data) {
        Object.assign(leadOf(account, String(id)) ?? {}, defined(changes), { updated_by: user.id });
      }
      return { _embedded: { leads: body.data.map(({ id }) => ({ id })) } };
    }),
  );

  server.patch(
    "/api/v4/leads/:id",
    asCaller(({ account, user }, request, reply) => {
      const lead = leadOf(account, paramOf(request));
      const body = change.safeParse(request.body);
      if (!lead) return sendApiProblem(reply, 404, "Not found");
      if (!body.success) return sendApiProblem(reply, 400, "Request validation failed");
      Object.assign(lead, defined(body.data), { updated_by: user.id });
      return { id: lead.id };
    }),
  );
}

/** The pair that a request carries, whatever host it is sent to. */
export function bearerOf(world: AmocrmWorld, request: FastifyRequest): Pair | undefined {
  const [, token = ""] = /^Bearer (.+)$/.exec(request.headers.authorization ?? "") ?? [];
  return world.grants.byAccess(token);
}

function readCaller(world: AmocrmWorld, request: FastifyRequest): Caller | "elsewhere" | null {
  const asked = hostOf(world, request);
  if (asked.kind === "former") return "elsewhere";
  const pair = bearerOf(world, request);
  if (asked.kind !== "account" || pair?.accountId !== asked.account.id) return null;
  const user = asked.account.users.find(({ id }) => id === pair.userId);
  return user ? { account: asked.account, user } : null;
}

function accountBody({ id, name, subdomain }: AmocrmAccount) {
  return { id, name, subdomain, country: "RU", currency: "RUB", is_unsorted_on: true };
}

function leadOf(account: AmocrmAccount, id: string) {
  return account.leads.find((lead) => String(lead.id) === id);
}

function paramOf(request: FastifyRequest): string {
  return z.object({ id: z.string() }).parse(request.params).id;
}

function defined(changes: object): object {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}
