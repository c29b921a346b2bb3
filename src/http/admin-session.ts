import type { FastifyReply, FastifyRequest } from "fastify";
import { Problem } from "../errors.ts";
import type { HttpDeps } from "./deps.ts";
import { currentSession, isSignedIn, type UserSession } from "./session.ts";

/**
 * The admin who asks; null when nobody is signed in, who was sent to the sign-in.
 * @param signIn where that is
 * @throws Problem `not_found` for everybody else: they need not know what there is
 */
export async function adminSession(
  deps: HttpDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  signIn: string,
): Promise<UserSession | null> {
  const session = await currentSession(deps, request);
  if (!isSignedIn(session)) {
    reply.redirect(signIn, 303);
    return null;
  }
  if (!session.admin) throw new Problem("not_found", "onbehalf has no page and no route at this address.");
  return session;
}
