import type { FastifyReply, FastifyRequest } from "fastify";
import { hashSecret, newSecret } from "../actions/sign-in/secrets.ts";
import { createSession, prolongAnonymousSession } from "../store/sessions.ts";
import type { HttpDeps } from "./deps.ts";
import { currentSession, isSignedIn, sessionSecret, setSessionCookie } from "./session.ts";

/**
 * The secret of the browser's session, or of a new one of nobody, to bind what begins to it.
 * @param lifeSeconds how long a session of nobody lives from now on
 */
export async function anySession(
  deps: HttpDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  lifeSeconds: number,
): Promise<string> {
  const secret = sessionSecret(deps, request);
  const session = secret ? await currentSession(deps, request) : null;
  if (secret && session) {
    if (isSignedIn(session)) return secret;
    await prolongAnonymousSession(deps.database, { id: session.id, lifeSeconds });
    setSessionCookie(deps, reply, secret, lifeSeconds);
    return secret;
  }
  const created = newSecret();
  await createSession(deps.database, { id: hashSecret(created), userId: null, lifeSeconds });
  setSessionCookie(deps, reply, created, lifeSeconds);
  return created;
}
