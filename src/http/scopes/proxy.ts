import type { FastifyInstance } from "fastify";
import { answerProblems } from "../answer-problems.ts";
import { countBytes } from "../count-requests.ts";
import { requireKeyBeforeBody } from "../credentials.ts";
import type { ScopeDeps } from "../deps.ts";
import { noteKeyUse } from "../note-key-use.ts";
import { proxyRoutes } from "../routes/proxy.ts";

/** Clients of other providers, streamed both ways. Cookies are neither read nor set. */
export function proxyScope(scope: FastifyInstance, deps: ScopeDeps): void {
  countBytes(scope, deps, "proxy");
  answerProblems(scope, deps);
  requireKeyBeforeBody(scope, deps);
  noteKeyUse(scope, deps);
  proxyRoutes(scope, deps);
}
