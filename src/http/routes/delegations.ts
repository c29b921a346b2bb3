import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { namedUser } from "../../actions/users/named-user.ts";
import { listDelegations } from "../../store/delegations.ts";
import { admitKeys } from "../admit-keys.ts";
import type { HttpDeps } from "../deps.ts";
import { cutPage, nextPage, nextPageAddress, pageLimit } from "../list-pages.ts";
import { operation } from "../openapi/operation.ts";

const path = "/api/v1/delegations";
const query = z.strictObject({
  user: z.string().max(1000).describe("Whose permissions, by a user reference."),
  after: z.uuid().optional().describe("Goes on after this permission; `next` has it."),
  limit: pageLimit,
});

const answer = z
  .object({
    items: z.array(
      z.object({
        id: z.uuid(),
        user: z.uuid().describe("The user's id."),
        bot: z.string().describe("The bot's name."),
        provider: z.string(),
        repositories: z.array(z.string()).describe("`owner/name`, `owner/*` or `*`."),
        branches: z.array(z.string()).describe("Branch names, in which `*` stands for anything."),
        capabilities: z.array(z.string()),
        created_at: z.iso.datetime(),
        until: z.iso.datetime().nullable().describe("Null: until somebody ends it."),
      }),
    ),
    next: nextPageAddress,
  })
  .describe("Permissions in force, oldest first.");

const list = operation("listDelegations", {
  area: "Permissions",
  summary: "List which bots may act as a user",
  callers: ["platform"],
  problems: ["user_not_found"],
});

/** `GET /api/v1/delegations`: which bots may act as a user, for a host platform. */
export function delegationRoutes(plain: FastifyInstance, deps: HttpDeps): void {
  const { onRequest } = admitKeys(deps, ["platform"]);
  plain
    .withTypeProvider<ZodTypeProvider>()
    .get(path, { onRequest, schema: { ...list, querystring: query, response: { 200: answer } } }, async (request) => {
      const { user: reference, after, limit } = request.query;
      const user = await namedUser(deps, reference, "look-up");
      const found = await listDelegations(deps.database, { userId: user.id, after, limit: limit + 1 });
      const { items, last } = cutPage(found, limit);
      return {
        items: items.map((delegation) => ({
          id: delegation.id,
          user: delegation.userId,
          bot: delegation.botName,
          provider: delegation.provider,
          repositories: delegation.repositories,
          branches: delegation.branches,
          capabilities: delegation.capabilities,
          created_at: delegation.createdAt.toISOString(),
          until: delegation.endsAt?.toISOString() ?? null,
        })),
        ...(last && { next: nextPage(deps, { path, query: request.query, after: last.id }) }),
      };
    });
}
