import helmet from "@fastify/helmet";
import type { FastifyInstance } from "fastify";

/**
 * Every answer's headers: nothing inline and nothing from third parties but a provider's pictures; no framing; no
 * referrer, so that no code or state leaves in one; nothing kept by a cache.
 */
export async function securityHeaders(
  server: FastifyInstance,
  deps: { publicUrl: string; providerOrigins(): string[] },
): Promise<void> {
  const providers = () => [...new Set(deps.providerOrigins())].join(" ");
  await server.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", providers],
        // Chromium applies this to the redirect that follows a form, too.
        formAction: ["'self'", providers],
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
