import type { FastifyInstance } from "fastify";
import { answerProblems } from "../answer-problems.ts";
import { boundJson } from "../bound-json.ts";
import { requireKeyBeforeBody } from "../credentials.ts";
import type { ScopeDeps } from "../deps.ts";
import { readJsonBodies } from "../json-body.ts";
import { admitLargeBodies } from "../large-bodies.ts";
import { noteKeyUse } from "../note-key-use.ts";
import { auditEventRoutes } from "../routes/audit-events.ts";
import { commitRoutes } from "../routes/commits.ts";
import { connectLinkRoutes } from "../routes/connect-links.ts";
import { delegationRoutes } from "../routes/delegations.ts";
import { gitIdentityRoutes } from "../routes/git-identity.ts";
import { passRoutes } from "../routes/passes.ts";
import { repositoryRoutes } from "../routes/repositories.ts";
import { userEndingRoutes } from "../routes/user-endings.ts";
import { userRoutes } from "../routes/users.ts";

/** Callers with a key: JSON in, JSON or a problem out, no cookie read or set. */
export function apiScope(scope: FastifyInstance, deps: ScopeDeps): void {
  admitLargeBodies(scope);
  boundJson(scope);
  readJsonBodies(scope);
  answerProblems(scope, deps);
  requireKeyBeforeBody(scope, deps);
  noteKeyUse(scope, deps);
  commitRoutes(scope, deps);
  gitIdentityRoutes(scope, deps);
  passRoutes(scope, deps);
  userRoutes(scope, deps);
  userEndingRoutes(scope, deps);
  connectLinkRoutes(scope, deps);
  delegationRoutes(scope, deps);
  auditEventRoutes(scope, deps);
  repositoryRoutes(scope, deps);
}
