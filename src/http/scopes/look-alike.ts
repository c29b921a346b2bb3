import type { FastifyInstance } from "fastify";
import { answerProblems } from "../answer-problems.ts";
import { countBytes } from "../count-requests.ts";
import { requireKeyBeforeBody } from "../credentials.ts";
import type { ScopeDeps } from "../deps.ts";
import { noteKeyUse } from "../note-key-use.ts";
import { sendProblem } from "../problem.ts";
import { lookAlikeRoutes } from "../routes/look-alike.ts";

/** Clients of GitHub: whatever they send goes on to it, streamed. Cookies are neither read nor set. */
export function lookAlikeScope(scope: FastifyInstance, deps: ScopeDeps): void {
  countBytes(scope, deps, "look-alike");
  answerProblems(scope, deps, {
    // Clients of GitHub show `message`, and Octokit reads it from this type alone.
    send: (request, reply, problem) =>
      sendProblem(request, reply, problem, { type: "application/json", message: problem.message }),
  });
  requireKeyBeforeBody(scope, deps);
  noteKeyUse(scope, deps);
  lookAlikeRoutes(scope, deps);
}
