import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { startAuthorization } from "../../actions/sign-in/start-authorization.ts";
import { Problem } from "../../errors.ts";
import type { Provider } from "../../providers/provider.ts";
import { writeAudit } from "../../store/audit.ts";
import { endSession } from "../../store/sessions.ts";
import { signInPage } from "../../views/sign-in.ts";
import { anySession } from "../any-session.ts";
import type { HttpDeps } from "../deps.ts";
import { localPath } from "../local-path.ts";
import { sendPage } from "../page.ts";
import { clearSessionCookie, currentSession, isSignedIn } from "../session.ts";

/** A session in which nobody is signed in yet lives as long as a sign-in may take, with some room. */
const anonymousLifeSeconds = 15 * 60;

/** The way in and the way out. */
export function signInRoutes(page: FastifyInstance, deps: HttpDeps): void {
  const scope = page.withTypeProvider<ZodTypeProvider>();
  scope.get(
    "/",
    { schema: { querystring: z.object({ return_to: z.string().optional(), done: z.string().optional() }) } },
    async (request, reply) => {
      if (isSignedIn(await currentSession(deps, request))) return reply.redirect("/accounts", 303);
      const { return_to, done } = request.query;
      return sendPage(
        reply,
        signInPage({
          providers: [...deps.providers.values()].filter(({ signIn }) => signIn),
          notice: done === "signed-out" ? "You are signed out." : null,
          returnTo: localPath(return_to),
        }),
      );
    },
  );

  scope.post(
    "/sign-in/:provider",
    {
      schema: {
        params: z.object({ provider: z.string() }),
        body: z.object({ return_to: z.string().optional() }).nullish(),
      },
    },
    async (request, reply) => {
      const provider = requireProvider(deps, request.params.provider);
      if (!provider.signIn) throw new Problem("not_found", `${provider.name} is no way to sign in here.`);
      const secret = await anySession(deps, request, reply, anonymousLifeSeconds);
      const returnTo = localPath(request.body?.return_to);
      const address = await startAuthorization(deps, { provider, purpose: "sign_in", sessionSecret: secret, returnTo });
      return reply.redirect(address, 303);
    },
  );

  scope.post("/sign-out", async (request, reply) => {
    const session = await currentSession(deps, request);
    if (session) {
      await deps.database.transaction(async (transaction) => {
        await endSession(transaction, session.id);
        await writeAudit(transaction, { action: "sign_out", actor: "user", userId: session.userId });
      });
    }
    clearSessionCookie(deps, reply);
    return reply.redirect("/?done=signed-out", 303);
  });
}

/**
 * The provider that an address names.
 * @throws Problem `not_found`
 */
export function requireProvider(deps: HttpDeps, id: string): Provider {
  const provider = deps.providers.get(id);
  if (!provider) throw new Problem("not_found", "There is no provider of that name here.");
  return provider;
}
