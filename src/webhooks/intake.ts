import type { FastifyInstance } from "fastify";
import { Problem } from "../errors.ts";

/** Checks a delivery's signature and hands it to its handlers. */
export interface Deliveries {
  verify(payload: string, signature: string): Promise<boolean>;
  receive(delivery: { id: string; name: string; payload: string; signature: string }): Promise<void>;
}

/** GitHub's own cap (facts/github.md, 7). */
const bodyLimit = 25 * 1024 * 1024;

/**
 * `POST /api/github/webhooks`: the signature is checked on the raw body before anything in it is read.
 * Handlers run before the answer; a failed one answers 500, so that GitHub lists the delivery as failed.
 */
export function webhookRoutes(server: FastifyInstance, deps: { deliveries: Deliveries }): void {
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer", bodyLimit }, (_request, body, done) => done(null, body));
    scope.post("/api/github/webhooks", { bodyLimit }, async (request, reply) => {
      const signature = header(request.headers["x-hub-signature-256"]);
      const id = header(request.headers["x-github-delivery"]);
      const name = header(request.headers["x-github-event"]);
      const payload = Buffer.isBuffer(request.body) ? request.body.toString("utf8") : "";
      if (!signature || !payload || !(await deps.deliveries.verify(payload, signature))) {
        throw new Problem(
          "signature_invalid",
          "The delivery's signature is missing or wrong: WEBHOOK_SECRET must equal the GitHub App's webhook secret.",
        );
      }
      if (!id || !name) throw new Problem("bad_request", "X-GitHub-Delivery and X-GitHub-Event must be given.");
      await deps.deliveries.receive({ id, name, payload, signature });
      return reply.code(200).send({ ok: true });
    });
  });
}

function header(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
