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
  const origins = (of: keyof WebOrigins) => () =>
    [...new Set([...deps.providers].flatMap((provider) => provider.webOrigins()[of]))].join(" ");
  await server.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", origins("pictures")],
        // Chromium applies this to the redirect that follows a form, too.
        formAction: ["'self'", origins("pages"), ...deps.returnToOrigins],
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
