import type { FastifyInstance } from "fastify";
import { LRUCache } from "lru-cache";
import { providerProblem } from "../../actions/accounts/provider-problem.ts";
import { type ReceiveDeps, receiveEvent } from "../../actions/provider-events/receive-event.ts";
import { Problem } from "../../errors.ts";
import { ForgedEvent } from "../../providers/forgery.ts";
import type { Hook } from "../../providers/hook.ts";
import type { Provider } from "../../providers/provider.ts";
import type { CountAttempt } from "../rate-limits.ts";

/** Far more than a security event token needs. */
const bodyLimit = 64 * 1024;

/** What has no id can be sent again for ever by whoever saw it once, and each costs a question to the provider. */
const mostContradicted = 10;
const contradictedMs = 60_000;

export type HookDeps = ReceiveDeps & { countAttempt: CountAttempt };

/** `/hooks/{provider}…`: what providers tell us by themselves. Each proves itself to its provider's own rule. */
export function hookRoutes(server: FastifyInstance, deps: HookDeps): void {
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "string", bodyLimit }, (_request, body, done) => done(null, body));
    for (const provider of deps.providers.values()) {
      for (const hook of provider.hooks) hookRoute(scope, deps, provider, hook);
    }
  });
}

function hookRoute(scope: FastifyInstance, deps: HookDeps, provider: Provider, hook: Hook): void {
  // By what they are about. Each replica asks so often.
  const contradicted = new LRUCache<string, number>({ max: 10_000, ttl: contradictedMs, noUpdateTTL: true });
  scope.route({
    method: hook.method,
    url: `/hooks/${provider.id}${hook.path}`,
    bodyLimit,
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const body = typeof request.body === "string" ? request.body : "";
      const { searchParams: query } = new URL(request.raw.url ?? "", "http://here");
      let about = "";
      try {
        const event = await hook.read({ query, body });
        about = event.id === null ? JSON.stringify(event.about) : "";
        if ((contradicted.get(about) ?? 0) >= mostContradicted) throw tooOften(provider);
        const outcome = await receiveEvent(deps, { provider, event });
        // A repeat is acknowledged, or it would come again and again (RFC 8935 2.2).
        return reply.code(202).send(outcome === "repeated" ? { ok: true, code: "event_repeated" } : { ok: true });
      } catch (error) {
        const problem = error instanceof ForgedEvent ? forged(error, provider) : providerProblem(error, provider);
        if (problem instanceof Problem && problem.code === "hook_unconfirmed") {
          contradicted.set(about, (contradicted.get(about) ?? 0) + 1);
        }
        if (problem instanceof Problem && problem.status < 500) await deps.countAttempt(request);
        throw problem;
      }
    },
  });
}

function forged(error: ForgedEvent, provider: Provider): Problem {
  return new Problem(error.code, `This is no event of ${provider.name}'s for this onbehalf: ${error.message}.`, {
    cause: error,
  });
}

function tooOften({ name }: Provider): Problem {
  return new Problem("rate_limited", `${name} has contradicted this several times by now. Send it again in a minute.`, {
    retryAfter: contradictedMs / 1000,
  });
}
