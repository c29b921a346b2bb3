import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { z } from "zod";
import { Problem } from "../errors.ts";
import { redact } from "../redact.ts";

/** Turns whatever was thrown into a Problem. What is nobody's fault but ours says so and nothing else. */
export function toProblem(error: FastifyError | Error): Problem {
  if (error instanceof Problem) return error;
  if (hasZodFastifySchemaValidationErrors(error)) return validationProblem(error);
  const status = "statusCode" in error ? error.statusCode : undefined;
  if (status === 413) return new Problem("too_large", "The body is larger than this address takes.", { cause: error });
  if (status === 429) return new Problem("rate_limited", "Too many attempts from this address.", { retryAfter: 60 });
  if (status === 415)
    return new Problem("bad_request", "The body's Content-Type is not taken here: send application/json.", {
      cause: error,
    });
  if (status !== undefined && status >= 400 && status < 500) {
    return new Problem("bad_request", `The request can't be read: ${error.message.replace(/\.$/, "")}.`, {
      cause: error,
    });
  }
  return new Problem("internal_error", "onbehalf failed. The log has the reason under this request's id.", {
    cause: error,
  });
}

function validationProblem(error: Extract<FastifyError, { validation?: unknown }>): Problem {
  const [first] = error.validation ?? [];
  const place = first?.instancePath.split("/").filter(Boolean).join(".") ?? "";
  const params: Record<string, unknown> = first?.params ?? {};
  if (first?.keyword === "unrecognized_keys") {
    const keys = Array.isArray(params.keys) ? params.keys.map(String).join('", "') : "";
    const where = place ? ` in ${place}` : "";
    return new Problem("unknown_field", `"${keys.slice(0, 200)}"${where} is no field here: check its spelling.`);
  }
  if (!place && first?.keyword === "invalid_type" && params.expected === "object") {
    return new Problem("bad_request", "Send a body: a JSON object, with Content-Type: application/json.");
  }
  const message = first?.message ?? error.message;
  const missing = place && first?.keyword === "invalid_type" && message.endsWith("received undefined");
  if (missing) return new Problem("bad_request", `${place} is missing: give it (${String(params.expected)}).`);
  return new Problem("bad_request", `${place || "The body"}: ${message}.`);
}

/** A problem as it is sent. */
export const problemBody = z.object({
  type: z.literal("about:blank"),
  title: z.string().describe("The status in words."),
  status: z.int(),
  detail: z.string().describe("What is wrong and how to repair it, in a sentence for people."),
  code: z.string().describe("What is wrong, for programs. Stable."),
  action_url: z.url().optional().describe("Where a person can repair it."),
  head: z.string().optional().describe("The branch's current head, with `head_moved`."),
});

/**
 * Answers with a problem (RFC 9457).
 * @param as.type another media type, for clients that read no other
 * @param as.message beside its own members
 */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
  {
    type = "application/problem+json",
    ...extra
  }: { type?: string; message?: string; checks?: Record<string, string> } = {},
): FastifyReply {
  logProblem(request, problem);
  if (problem.retryAfter !== undefined) reply.header("retry-after", String(problem.retryAfter));
  if (problem.replayed) reply.header("idempotent-replayed", "true");
  if (problem.status === 401) reply.header("www-authenticate", 'Bearer realm="onbehalf"');
  const body: z.infer<typeof problemBody> = {
    type: "about:blank",
    title: problemTitles[problem.status] ?? "Error",
    status: problem.status,
    detail: problem.message,
    code: problem.code,
    ...(problem.actionUrl === undefined ? {} : { action_url: redact(problem.actionUrl) }),
    ...(problem.head === undefined ? {} : { head: problem.head }),
  };
  return reply
    .code(problem.status)
    .type(type)
    .send({ ...body, ...extra });
}

/** Notes a problem for the log and the metrics. Faults of ours are errors, failures of others warnings; what a caller did wrong is of no interest to an operator. */
export function logProblem(request: FastifyRequest, problem: Problem): void {
  const level = problem.status === 500 ? "error" : problem.status > 500 ? "warn" : "debug";
  request.problem = problem.code;
  request.log[level]({ reqId: request.id, err: problem, code: problem.code }, "request refused");
}

/** Each status in words. */
export const problemTitles: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  413: "Content Too Large",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
};
