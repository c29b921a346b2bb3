import type { FastifyInstance, FastifyReply } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { agreeToSignOff } from "../../actions/delegations/agree-to-sign-off.ts";
import { DelegationFault } from "../../actions/delegations/delegation-fault.ts";
import { endDelegation } from "../../actions/delegations/end-delegation.ts";
import { grantDelegation } from "../../actions/delegations/grant-delegation.ts";
import { Problem } from "../../errors.ts";
import { readUserAccount } from "../../store/accounts/read-account.ts";
import { listBots } from "../../store/bots.ts";
import { type Capability, capabilities, isDelegationOf, listDelegations } from "../../store/delegations.ts";
import { readSignOff } from "../../store/users.ts";
import type { Notice } from "../../views/notice.ts";
import type { PermissionForm } from "../../views/permission-form.ts";
import { permissionsPage } from "../../views/permissions.ts";
import type { HttpDeps } from "../deps.ts";
import { sendPage, signInAddress, viewerOf } from "../page.ts";
import { currentSession, isSignedIn, type UserSession } from "../session.ts";

const provider = "github";

/** Words that finish "may …". */
const capabilityWords: Record<Capability, string> = {
  commit: "commit",
  push: "push with git",
  "pull-request": "open pull requests",
  "api:read": "read what you can read through GitHub's API",
  "api:write": "change what you can change through GitHub's API",
  workflows: "change workflows, actions and code owners",
};

const formBody = z.object({
  bot: z.string().max(100).catch(""),
  repositories: z.string().catch(""),
  branches: z.string().catch(""),
  capability: z
    .union([z.string(), z.array(z.string())])
    .transform((value) => [value].flat())
    .catch([]),
  until: z.string().max(40).catch(""),
});

/** Which bots may act as the person. */
export function permissionRoutes(page: FastifyInstance, deps: HttpDeps): void {
  const scope = page.withTypeProvider<ZodTypeProvider>();
  scope.get(
    "/permissions",
    { schema: { querystring: z.object({ done: z.string().optional(), bot: z.string().optional() }) } },
    async (request, reply) => {
      const session = await currentSession(deps, request);
      if (!isSignedIn(session)) return reply.redirect(signInAddress(request), 303);
      const bots = await listBots(deps.database, { live: true, kind: "bot" });
      const asking = bots.find((bot) => bot.name === request.query.bot);
      return render(deps, reply, session, { done: request.query.done, form: asking ? { botId: asking.id } : null });
    },
  );

  scope.post("/permissions", { schema: { body: formBody } }, async (request, reply) => {
    const session = await currentSession(deps, request);
    if (!isSignedIn(session)) return reply.redirect("/?return_to=/permissions", 303);
    const form = request.body;
    try {
      const bots = await listBots(deps.database, { live: true, kind: "bot" });
      const bot = bots.find(({ id }) => id === form.bot);
      if (!bot) throw new DelegationFault("bot", "Choose one of the bots.");
      await grantDelegation(deps, {
        userId: session.userId,
        bot,
        provider,
        repositories: lines(form.repositories),
        branches: lines(form.branches),
        capabilities: form.capability,
        endsAt: endOfDay(form.until),
        grantedBy: "user",
      });
      return reply.redirect("/permissions?done=granted", 303);
    } catch (error) {
      if (!(error instanceof DelegationFault)) throw error;
      const { repositories, branches, until, capability } = form;
      const entered = { botId: form.bot, repositories, branches, until, capabilities: capability };
      return render(deps, reply, session, { form: { ...entered, error: error.message, field: error.field } }, 400);
    }
  });

  scope.post(
    "/permissions/sign-off",
    { schema: { body: z.object({ agree: z.enum(["yes", "no"]) }) } },
    async (request, reply) => {
      const session = await currentSession(deps, request);
      if (!isSignedIn(session)) return reply.redirect("/?return_to=/permissions", 303);
      await agreeToSignOff(deps, { userId: session.userId, signOff: request.body.agree === "yes" });
      return reply.redirect("/permissions?done=sign-off", 303);
    },
  );

  scope.post("/permissions/:id/end", { schema: { params: z.object({ id: z.uuid() }) } }, async (request, reply) => {
    const session = await currentSession(deps, request);
    if (!isSignedIn(session)) return reply.redirect("/?return_to=/permissions", 303);
    const { id } = request.params;
    const ended = await endDelegation(deps, { id, userId: session.userId });
    // A button that was pressed twice has done what it says; somebody else's permission was never there.
    if (!ended && !(await isDelegationOf(deps.database, { id, userId: session.userId }))) {
      throw new Problem("not_found", "You have given no permission of that id.");
    }
    return reply.redirect("/permissions?done=ended", 303);
  });
}

async function render(
  deps: HttpDeps,
  reply: FastifyReply,
  session: UserSession,
  shown: { done?: string | undefined; form?: PermissionForm | null },
  status = 200,
): Promise<FastifyReply> {
  const [delegations, bots, signOff, account] = await Promise.all([
    listDelegations(deps.database, { userId: session.userId }),
    listBots(deps.database, { live: true, kind: "bot" }),
    readSignOff(deps.database, session.userId),
    readUserAccount(deps.database, { userId: session.userId, provider }),
  ]);
  const connected = account?.state === "active" || account?.state === "limited";
  const view = permissionsPage({
    viewer: viewerOf(session),
    signOff,
    delegations: delegations.map((delegation) => ({ ...delegation, until: delegation.endsAt })),
    bots: bots.map(({ id, name }) => ({ id, name })),
    capabilities: capabilities.map((id) => ({ id, words: capabilityWords[id] })),
    notice: noticeOf(shown.done, connected),
    form: shown.form ?? null,
  });
  return sendPage(reply, view, status);
}

/** What was just done, and what is missing for a permission to be of use. */
function noticeOf(done: string | undefined, connected: boolean): Notice | null {
  const link = { href: "/accounts", text: "Connect GitHub" };
  if (done === "ended") return { kind: "success", text: "Ended. The bot's next request is refused." };
  if (done === "granted" && connected) {
    return { kind: "success", text: "Permitted. The bot can act as you from now on, until you end it here." };
  }
  if (done === "granted")
    return { kind: "success", text: "Permitted. The bot can act as you once you are connected.", link };
  if (connected) return null;
  return { kind: "info", text: "No bot can act as you before you are connected, whatever you permit here.", link };
}

function lines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean);
}

/** The last moment of a day in UTC; null for none given. */
function endOfDay(day: string): Date | null {
  if (!day) return null;
  const end = new Date(`${day}T23:59:59Z`);
  const real = !Number.isNaN(end.getTime()) && end.toISOString().startsWith(`${day}T`);
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || !real) {
    throw new DelegationFault("until", "Write the day as YYYY-MM-DD, a day that the calendar has.");
  }
  return end;
}
