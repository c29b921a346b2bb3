import type { FastifyInstance, FastifyRequest } from "fastify";
import { Problem } from "../errors.ts";
import type { StoreDelivery } from "./store-in-batches.ts";

export interface IntakeDeps {
  /** For each GitHub App, how its deliveries are known. */
  receivers: readonly {
    provider: string;
    /** The variable that holds its webhook secret. */
    secretVariable: string;
    /** Whether a payload carries GitHub's signature for this App. */
    verifySignature(payload: string, signature: string): Promise<boolean>;
  }[];
  storeDelivery: StoreDelivery;
  /** Says that there is something to handle. */
  wakeHandlers(): void;
}

/** GitHub's own cap (facts/github.md, 7). */
const bodyLimit = 25 * 1024 * 1024;
/** Far more than a UUID, or the name of any event. */
const longestName = 200;

/**
 * `POST /api/github/webhooks`, and `/api/github-lite/webhooks` for the lite App, whose secret is another one: the signature is checked on the raw body before anything in it is read, and the delivery
 * is stored before it is acknowledged (invariant 7). Handlers run from the table, so a crash loses none. With the
 * database away the answer is 503, whatever the delivery is about: GitHub lists it as failed, and is asked for it later.
 */
export function webhookRoutes(
  server: FastifyInstance,
  deps: IntakeDeps & {
    countAttempt: (request: FastifyRequest) => Promise<void>;
    /** Anybody may send 25 MB before the signature can be checked: not everybody at once. */
    admitLargeBodies: (scope: FastifyInstance) => void;
  },
): void {
  server.register(async (scope) => {
    deps.admitLargeBodies(scope);
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer", bodyLimit }, (_request, body, done) => done(null, body));
    for (const { provider, secretVariable, verifySignature } of deps.receivers)
      scope.post(`/api/${provider}/webhooks`, { bodyLimit }, async (request, reply) => {
        const signature = header(request.headers["x-hub-signature-256"]);
        const deliveryId = header(request.headers["x-github-delivery"]);
        const event = header(request.headers["x-github-event"]);
        const payload = Buffer.isBuffer(request.body) ? request.body.toString("utf8") : "";
        if (!signature || !payload || !(await verifySignature(payload, signature))) {
          await deps.countAttempt(request);
          throw new Problem(
            "signature_invalid",
            `The delivery's signature is missing or wrong: ${secretVariable} must equal the webhook secret of the GitHub App whose deliveries come to this address.`,
          );
        }
        if (!deliveryId || !event || deliveryId.length > longestName || event.length > longestName) {
          throw new Problem("bad_request", "X-GitHub-Delivery and X-GitHub-Event must be given.");
        }
        if (!isJsonObject(payload)) {
          throw new Problem("bad_request", "The delivery is no JSON object: set the webhook's content type to JSON.");
        }
        await deps.storeDelivery({ provider, deliveryId, event, payload });
        deps.wakeHandlers();
        return reply.code(202).send({ ok: true });
      });
  });
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
