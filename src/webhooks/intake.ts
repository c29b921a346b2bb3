import type { FastifyInstance, FastifyRequest } from "fastify";
import { Problem } from "../errors.ts";
import { checkReady } from "../store/check-ready.ts";
import type { Database } from "../store/database.ts";

/** Checks a delivery's signature and hands it to its handlers. */
export interface Deliveries {
  verify(payload: string, signature: string): Promise<boolean>;
  receive(delivery: { id: string; name: string; payload: string; signature: string }): Promise<void>;
}

/** GitHub's own cap (facts/github.md, 7). */
const bodyLimit = 25 * 1024 * 1024;

/**
 * `POST /api/github/webhooks`: the signature is checked on the raw body before anything in it is read.
 * Handlers run before the answer; a failed one answers 5xx, so that GitHub lists the delivery as failed. With the
 * database away that is so for every delivery, whatever its handlers would have needed.
 */
export function webhookRoutes(
  server: FastifyInstance,
  deps: { database: Database; deliveries: Deliveries; countAttempt: (request: FastifyRequest) => Promise<void> },
): void {
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer", bodyLimit }, (_request, body, done) => done(null, body));
    scope.post("/api/github/webhooks", { bodyLimit }, async (request, reply) => {
      const signature = header(request.headers["x-hub-signature-256"]);
      const id = header(request.headers["x-github-delivery"]);
      const name = header(request.headers["x-github-event"]);
      const payload = Buffer.isBuffer(request.body) ? request.body.toString("utf8") : "";
      if (!signature || !payload || !(await deps.deliveries.verify(payload, signature))) {
        await deps.countAttempt(request);
        throw new Problem(
          "signature_invalid",
          "The delivery's signature is missing or wrong: WEBHOOK_SECRET must equal the GitHub App's webhook secret.",
        );
      }
      if (!id || !name) throw new Problem("bad_request", "X-GitHub-Delivery and X-GitHub-Event must be given.");
      if (!isJsonObject(payload)) {
        throw new Problem("bad_request", "The delivery is no JSON object: set the webhook's content type to JSON.");
      }
      await checkReady(deps.database);
      await deps.deliveries.receive({ id, name, payload, signature }).catch((error) => {
        throw handlersProblem(error);
      });
      return reply.code(200).send({ ok: true });
    });
  });
}

/** The problem among what handlers threw, which Probot hands out together. */
function handlersProblem(error: unknown): unknown {
  const thrown: unknown[] = error instanceof AggregateError ? error.errors : [];
  return thrown.find((one) => one instanceof Problem) ?? error;
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function header(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
