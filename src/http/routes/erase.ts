import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { RevocationOutcome } from "../../actions/accounts/disconnect-account.ts";
import { eraseUser } from "../../actions/users/erase-user.ts";
import { erasePage } from "../../views/erase.ts";
import { messagePage } from "../../views/message.ts";
import type { HttpDeps } from "../deps.ts";
import { sendPage, signInAddress, viewerOf } from "../page.ts";
import { clearSessionCookie, currentSession, isSignedIn } from "../session.ts";

/** What became of the person's authorisations, and what is left for them to do. */
const words: Record<RevocationOutcome, { says: string; todo: string }> = {
  done: { says: "Your authorisations were ended, too.", todo: "There is nothing left to do." },
  pending: {
    says: "A provider has not confirmed yet that your authorisation has ended. That is tried until it does.",
    todo: "You can also end it yourself, in your settings at the provider.",
  },
  unconfirmed: {
    says: "A provider could not confirm that your authorisation has ended.",
    todo: "Look in your settings at the provider, and end it there if it is still listed.",
  },
};

/** `/erase`: where a person has themselves removed. */
export function eraseRoutes(page: FastifyInstance, deps: HttpDeps): void {
  const scope = page.withTypeProvider<ZodTypeProvider>();
  scope.get("/erase", async (request, reply) => {
    const session = await currentSession(deps, request);
    if (!isSignedIn(session)) return reply.redirect(signInAddress(request), 303);
    const viewer = viewerOf(session);
    return sendPage(reply, erasePage({ viewer, word: viewer.login }));
  });

  scope.post(
    "/erase",
    { schema: { body: z.object({ confirm: z.string().max(300).catch("") }) } },
    async (request, reply) => {
      const session = await currentSession(deps, request);
      if (!isSignedIn(session)) return reply.redirect("/?return_to=/erase", 303);
      const viewer = viewerOf(session);
      const written = request.body.confirm.trim().replace(/^@/, "");
      if (written.toLowerCase() !== viewer.login.toLowerCase()) {
        const error = `Write ${viewer.login}. Nothing was erased.`;
        return sendPage(reply, erasePage({ viewer, word: viewer.login, error }), 400);
      }
      const { revocations } = await eraseUser(deps, { userId: session.userId, by: { actor: "user" } });
      clearSessionCookie(deps, reply);
      const { says, todo } = words[revocations];
      const title = "You were erased";
      return sendPage(
        reply,
        messagePage({ title, tone: "success", says: `Nothing here says who you are any more. ${says}`, todo }),
      );
    },
  );
}
