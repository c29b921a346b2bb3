import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { namedUser } from "../../actions/users/named-user.ts";
import { Problem } from "../../errors.ts";
import { type AuditRow, readAudit } from "../../store/audit-log.ts";
import { type Bot, findBotEver } from "../../store/bots.ts";
import { parseUserReference } from "../../store/users.ts";
import { admitKeys } from "../admit-keys.ts";
import type { HttpDeps } from "../deps.ts";
import { cutPage, nextPage, nextPageAddress, pageLimit } from "../list-pages.ts";
import { operation } from "../openapi/operation.ts";

const path = "/api/v1/audit-events";
const query = z.strictObject({
  user: z.string().max(1000).optional().describe("Whom it was done as or to, by a user reference."),
  bot: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,63}$/, { error: "give a bot's name or id" })
    .optional()
    .describe("Which bot did it, by name or id, also of one that was revoked. A bot leaves it out."),
  action: z
    .string()
    .regex(/^[a-z_.]{1,100}$/, { error: 'give an action as the log has it, such as "commit"' })
    .optional()
    .describe("What was done, such as `commit`, `account.connect` or `delegation.grant`."),
  since: z.iso
    .datetime({ offset: true, error: "write it like 2027-01-31T18:00:00Z" })
    .transform((text) => new Date(text))
    .optional()
    .describe("Only events from then on."),
  after: z
    .string()
    .regex(/^\d{1,18}$/, { error: 'take "next" as it comes' })
    .default("0")
    .describe("Goes on after this event; `next` has it."),
  limit: pageLimit,
});

const answer = z
  .object({
    items: z.array(
      z.object({
        id: z.string().describe("Rises with time."),
        at: z.iso.datetime(),
        action: z.string(),
        actor: z.string().describe("Who caused it, such as `user`, `bot`, `admin`, `platform` or `system`."),
        result: z.enum(["started", "succeeded", "failed"]),
        code: z.string().nullable().describe("Why it failed, or why it was not done in the person's name."),
        user_id: z.uuid().nullable(),
        external_id: z.string().nullable().describe("The user's id at the host platform."),
        bot: z.string().nullable().describe("The bot's name."),
        provider: z.string().nullable(),
        provider_uid: z.string().nullable().describe("The person's id at the provider."),
        login: z.string().nullable(),
        repository: z.string().nullable(),
        branch: z.string().nullable(),
        attribution: z.string().nullable().describe("In whose name: `user` or `app`."),
        pass_id: z.uuid().nullable(),
        requested_by: z.string().nullable().describe("Who asked for it, as the bot said."),
        run_url: z.string().nullable(),
        request_id: z.string().nullable(),
        detail: z.record(z.string(), z.unknown()).describe("What else there is to say of this action."),
        completed_at: z.iso.datetime().nullable(),
      }),
    ),
    next: nextPageAddress,
  })
  .describe("Events, oldest first.");

const list = operation("listAuditEvents", {
  area: "Audit log",
  summary: "Read the audit log",
  description: "A host platform reads all of it, a bot what it did itself.",
  callers: ["platform", "bot"],
  problems: ["user_not_found", "not_found"],
});

/** `GET /api/v1/audit-events`: all of them for a host platform, its own for a bot. Oldest first. */
export function auditEventRoutes(plain: FastifyInstance, deps: HttpDeps): void {
  const { onRequest, callerOf } = admitKeys(deps, ["platform", "bot"]);
  plain
    .withTypeProvider<ZodTypeProvider>()
    .get(path, { onRequest, schema: { ...list, querystring: query, response: { 200: answer } } }, async (request) => {
      const { user, bot, action, since, after, limit } = request.query;
      const found = await readAudit(deps.database, {
        after,
        limit: limit + 1,
        userId: user === undefined ? undefined : await userId(deps, user),
        botId: await botId(deps, callerOf(request), bot),
        action,
        since,
      });
      const { items, last } = cutPage(found, limit);
      const asked = { user, bot, action, since: since?.toISOString(), limit };
      return {
        items: items.map(toItem),
        ...(last && { next: nextPage(deps, { path, query: asked, after: last.id }) }),
      };
    });
}

/** An id is taken as it is: the log outlives the users in it. */
async function userId(deps: HttpDeps, reference: string): Promise<string> {
  const named = parseUserReference(reference);
  return named?.kind === "id" ? named.value : (await namedUser(deps, reference, "look-up")).id;
}

async function botId(deps: HttpDeps, caller: Bot, named: string | undefined): Promise<string | undefined> {
  const wanted = named === undefined ? undefined : await findNamed(deps, named);
  if (caller.kind === "platform") {
    if (named !== undefined && !wanted) {
      throw new Problem(
        "not_found",
        `There has never been a bot "${named}": an operator sees them with \`bots list\`.`,
      );
    }
    return wanted?.id;
  }
  if (named !== undefined && wanted?.id !== caller.id) {
    throw new Problem("key_kind", "A bot reads its own audit events, and no other's: leave the filter bot out.");
  }
  return caller.id;
}

function findNamed(deps: HttpDeps, named: string): Promise<Bot | null> {
  const id = parseUserReference(named);
  return findBotEver(deps.database, id?.kind === "id" ? { id: id.value } : { name: named });
}

function toItem({ at, completed_at, ...row }: AuditRow) {
  return { ...row, at: at.toISOString(), completed_at: completed_at?.toISOString() ?? null };
}
