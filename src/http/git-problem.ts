import type { FastifyReply, FastifyRequest } from "fastify";
import type { Problem } from "../errors.ts";
import { logProblem, toProblem } from "./problem.ts";

/** Answers git with a problem: it shows people what comes as plain text, and asks its helper for credentials on 401. */
export function sendGitProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  logProblem(request, problem);
  if (problem.retryAfter !== undefined) reply.header("retry-after", String(problem.retryAfter));
  if (problem.status === 401) reply.header("www-authenticate", 'Basic realm="onbehalf", charset="UTF-8"');
  return reply
    .code(problem.status)
    .type("text/plain; charset=utf-8")
    .send(`${inWords(problem)}\n`);
}

/**
 * What a refused POST says within git's protocol: of a failing status git shows the number alone.
 * @throws Problem of status 401, for which git must see the status
 */
export function inGitsWords(request: FastifyRequest, error: unknown): string {
  const problem = toProblem(error instanceof Error ? error : new Error("not an error", { cause: error }));
  if (problem.status === 401) throw problem;
  logProblem(request, problem);
  return inWords(problem);
}

function inWords({ message, code, actionUrl }: Problem): string {
  const where = actionUrl === undefined || message.includes(actionUrl) ? "" : ` ${actionUrl}`;
  return `onbehalf: ${message}${where} (${code})`;
}
