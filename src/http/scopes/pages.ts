import cookie from "@fastify/cookie";
import formbody from "@fastify/formbody";
import type { FastifyError, FastifyInstance } from "fastify";
import type { ScopeDeps } from "../deps.ts";
import { requireSameOrigin } from "../origin.ts";
import { toProblem } from "../problem.ts";
import { sendProblemPage } from "../problem-page.ts";
import { requireDatabase } from "../require-database.ts";
import { accountRoutes } from "../routes/accounts.ts";
import { activityRoutes } from "../routes/activity.ts";
import { adminRoutes } from "../routes/admin.ts";
import { adminAuditRoutes } from "../routes/admin-audit.ts";
import { adminBotKeyRoutes } from "../routes/admin-bot-keys.ts";
import { adminBotRoutes } from "../routes/admin-bots.ts";
import { adminDeliveryRoutes } from "../routes/admin-deliveries.ts";
import { adminOverviewRoutes } from "../routes/admin-overview.ts";
import { adminRepositoryRoutes } from "../routes/admin-repositories.ts";
import { adminUserRoutes } from "../routes/admin-users.ts";
import { connectRoutes } from "../routes/connect.ts";
import { connectingRoutes } from "../routes/connecting.ts";
import { docsRoutes } from "../routes/docs.ts";
import { eraseRoutes } from "../routes/erase.ts";
import { narrowRoutes } from "../routes/narrow.ts";
import { permissionRoutes } from "../routes/permissions.ts";
import { sessionRoutes } from "../routes/sessions.ts";
import { signInRoutes } from "../routes/sign-in.ts";

/** People with a browser: forms in, pages out. */
export async function pageScope(scope: FastifyInstance, deps: ScopeDeps): Promise<void> {
  await scope.register(cookie);
  await scope.register(formbody);
  scope.removeContentTypeParser(["application/json", "text/plain"]);
  scope.setErrorHandler((error: FastifyError, request, reply) => sendProblemPage(request, reply, toProblem(error)));
  requireSameOrigin(scope, deps);
  requireDatabase(scope, deps);
  scope.addHook("onRequest", async (request) => {
    if (request.url.startsWith("/sign-in/")) await deps.countAttempt(request);
  });
  signInRoutes(scope, deps);
  connectRoutes(scope, deps);
  connectingRoutes(scope, deps);
  accountRoutes(scope, deps);
  activityRoutes(scope, deps);
  docsRoutes(scope, deps);
  eraseRoutes(scope, deps);
  sessionRoutes(scope, deps);
  permissionRoutes(scope, deps);
  narrowRoutes(scope, deps);
  adminOverviewRoutes(scope, deps);
  adminRoutes(scope, deps);
  adminRepositoryRoutes(scope, deps);
  adminDeliveryRoutes(scope, deps);
  adminUserRoutes(scope, deps);
  adminAuditRoutes(scope, deps);
  adminBotRoutes(scope, deps);
  adminBotKeyRoutes(scope, deps);
}
