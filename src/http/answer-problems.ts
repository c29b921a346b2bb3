import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Problem } from "../errors.ts";
import { sendProblem, toProblem } from "./problem.ts";
import type { CountAttempt } from "./rate-limits.ts";

/**
 * Answers a scope's problems. Failed authentications are counted by address, and refused when they are too many.
 * @param options.failed whether a problem is a failed authentication
 */
export function answerProblems(
  scope: FastifyInstance,
  deps: { countAttempt: CountAttempt },
  {
    failed = ({ status }) => status === 401,
    send = sendProblem,
  }: {
    failed?: (problem: Problem) => boolean;
    send?: (request: FastifyRequest, reply: FastifyReply, problem: Problem) => FastifyReply;
  } = {},
): void {
  scope.setErrorHandler(async (error: FastifyError, request, reply) => {
    const problem = toProblem(error);
    const counted = failed(problem) ? await deps.countAttempt(request).then(() => problem, toProblem) : problem;
    return send(request, reply, counted);
  });
}
