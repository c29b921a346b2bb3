import helmet from "@fastify/helmet";
import type { FastifyInstance } from "fastify";
import type { Provider, WebOrigins } from "../providers/provider.ts";

/**
 * Every answer's headers: nothing inline and nothing from third parties but a provider's pictures; no framing; no
 * referrer, so that no code or state leaves in one; nothing kept by a cache.
 */
export async function securityHeaders(
  server: FastifyInstance,
  deps: {
    publicUrl: string;
    providers: Iterable<Pick<Provider, "webOrigins">>;
    returnToOrigins: readonly string[];
  },
): Promise<void> {
  const ourselvesAnd =
    (of: keyof WebOrigins, others: readonly string[] = []) =>
    () =>
      [...new Set(["'self'", ...[...deps.providers].flatMap((provider) => provider.webOrigins()[of]), ...others])].join(
        " ",
      );
  await server.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: [ourselvesAnd("pictures")],
        // Chromium applies this to the redirect that follows a form, too.
        formAction: [ourselvesAnd("pages", deps.returnToOrigins)],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: "no-referrer" },
    frameguard: { action: "deny" },
    strictTransportSecurity: deps.publicUrl.startsWith("https:"),
  });
  server.addHook("onSend", async (_request, reply) => {
    if (!reply.hasHeader("cache-control")) reply.header("cache-control", "no-store");
  });
}
