import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { createBot } from "../../actions/bots/create-bot.ts";
import { endKey } from "../../actions/bots/end-key.ts";
import { makeKey } from "../../actions/bots/make-key.ts";
import { revokeBot } from "../../actions/bots/revoke-bot.ts";
import { Problem } from "../../errors.ts";
import { adminBotKeyPage } from "../../views/admin-bot-key.ts";
import type { AdminKeyForm } from "../../views/admin-bot-keys.ts";
import { adminBotsPage } from "../../views/admin-bots.ts";
import { adminBots, requireAdminBot, sendBot } from "../admin-bots.ts";
import { adminSession } from "../admin-session.ts";
import { capabilityWords } from "../capability-words.ts";
import type { HttpDeps } from "../deps.ts";
import { sendPage, viewerOf } from "../page.ts";
import { confirmBody, wordFault } from "../typed-word.ts";

const params = z.object({ id: z.uuid() });
const field = (most: number) => z.string().max(most).catch("");
const createBody = z.object({ name: field(200), kind: z.enum(["bot", "platform"]).catch("bot") });
const keyBody = z.object({ old: field(20), until: field(40) });
const longestSeconds = 604_800;

/** Bots are created and revoked, and their keys exchanged. For admins. */
export function adminBotKeyRoutes(page: FastifyInstance, deps: HttpDeps): void {
  const scope = page.withTypeProvider<ZodTypeProvider>();
  const signIn = "/?return_to=/admin/bots";

  scope.post("/admin/bots", { schema: { body: createBody } }, async (request, reply) => {
    const session = await adminSession(deps, request, reply, signIn);
    if (!session) return reply;
    const viewer = viewerOf(session);
    const { name, kind } = request.body;
    try {
      const by = { actor: "admin", requestedBy: session.userId } as const;
      const { bot, key } = await createBot(deps, { name: name.trim(), kind, by });
      return sendPage(reply, adminBotKeyPage({ viewer, bot, key }));
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "bad_request") throw error;
      const form = { name, kind, error: error.message };
      const view = { viewer, bots: await adminBots(deps), capabilities: capabilityWords, form };
      return sendPage(reply, adminBotsPage(view), 400);
    }
  });

  scope.post("/admin/bots/:id/keys", { schema: { params, body: keyBody.nullish() } }, async (request, reply) => {
    const session = await adminSession(deps, request, reply, signIn);
    if (!session) return reply;
    const { id } = request.params;
    const bot = await requireAdminBot(deps, id);
    const { old, until } = request.body ?? { old: "", until: "" };
    const refused = (error: string, field: AdminKeyForm["field"]) =>
      sendBot(deps, reply, session, { id, keyForm: { old, until, error, field } }, 400);
    // A bot without a key has none from before: there is nothing to choose.
    const end = bot.keys.length === 0 ? null : readEnd(old, until);
    if (end !== null && typeof end === "object" && "fault" in end) return refused(end.fault, end.field);
    try {
      const by = { actor: "admin", requestedBy: session.userId } as const;
      const { key } = await makeKey(deps, { botId: id, oldEndsAt: end, by });
      return sendPage(reply, adminBotKeyPage({ viewer: viewerOf(session), bot, key }));
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "bad_request") throw error;
      return refused(error.message, null);
    }
  });

  const key = z.object({ id: z.uuid(), key: z.uuid() });
  scope.post("/admin/bots/:id/keys/:key/end", { schema: { params: key } }, async (request, reply) => {
    const session = await adminSession(deps, request, reply, signIn);
    if (!session) return reply;
    const { id, key } = request.params;
    await endKey(deps, { id: key, botId: id, by: { actor: "admin", requestedBy: session.userId } });
    return reply.redirect(`/admin/bots/${id}?done=key-ended`, 303);
  });

  scope.post("/admin/bots/:id/revoke", { schema: { params, body: confirmBody } }, async (request, reply) => {
    const session = await adminSession(deps, request, reply, signIn);
    if (!session) return reply;
    const { id } = request.params;
    const { name } = await requireAdminBot(deps, id);
    const confirmError = wordFault(request.body.confirm, name);
    if (confirmError) return sendBot(deps, reply, session, { id, confirmError }, 400);
    await revokeBot(deps, name, { actor: "admin", requestedBy: session.userId });
    return reply.redirect("/admin/bots?done=revoked", 303);
  });
}

/** When the keys from before end, as a form says it. */
function readEnd(
  old: string,
  until: string,
): Date | "at-once" | null | { fault: string; field: NonNullable<AdminKeyForm["field"]> } {
  if (old === "at-once") return "at-once";
  if (old === "hand") return null;
  if (/^\d{1,7}$/.test(old) && Number(old) > 0 && Number(old) <= longestSeconds) {
    return new Date(Date.now() + Number(old) * 1000);
  }
  if (old !== "time") return { fault: "Choose when the key from before ends.", field: "old" };
  // As browsers send it, and as people write it where theirs has no such field.
  const [, day, minutes] = /^\s*(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::\d\d)?\s*$/.exec(until) ?? [];
  const end = new Date(`${day}T${minutes}:00Z`);
  const real = day !== undefined && !Number.isNaN(end.getTime()) && end.toISOString().startsWith(day);
  if (!real) return { fault: "Write a time like 2026-11-30T12:00, in UTC.", field: "until" };
  if (end.getTime() <= Date.now()) return { fault: "That time is over: name one that is to come.", field: "until" };
  return end;
}
