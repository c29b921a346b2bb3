import type { FastifyReply, FastifyRequest } from "fastify";
import { hashSecret } from "../actions/sign-in/secrets.ts";
import { configuredAdmins } from "../store/admins.ts";
import type { Database } from "../store/database.ts";
import { noteSeen, readSession, type Session } from "../store/sessions.ts";

/** `__Host-` needs Secure, which a browser refuses on plain http; that is for loopback only. */
function cookieName(deps: { publicUrl: string }): string {
  return deps.publicUrl.startsWith("https:") ? "__Host-onbehalf" : "onbehalf";
}

/** The session secret that the browser sent, if it looks like one of ours. */
export function sessionSecret(deps: { publicUrl: string }, request: FastifyRequest): string | undefined {
  const value = request.cookies[cookieName(deps)];
  return value && /^[A-Za-z0-9_-]{43}$/.test(value) ? value : undefined;
}

/** The browser's live session, if it has one. */
export async function currentSession(
  deps: { database: Database; publicUrl: string; adminUsers: readonly string[] },
  request: FastifyRequest,
): Promise<Session | null> {
  const secret = sessionSecret(deps, request);
  if (!secret) return null;
  const session = await readSession(deps.database, hashSecret(secret), configuredAdmins(deps.adminUsers));
  if (session?.unseen) await noteSeen(deps.database, session.id);
  return session;
}

/** A session of a signed-in user. */
export type UserSession = Session & { userId: string };

export function isSignedIn(session: Session | null): session is UserSession {
  return session?.userId != null;
}

/**
 * Gives the browser a session secret.
 * @param lifeSeconds how long the browser keeps it
 */
export function setSessionCookie(
  deps: { publicUrl: string },
  reply: FastifyReply,
  secret: string,
  lifeSeconds: number,
): void {
  reply.setCookie(cookieName(deps), secret, {
    path: "/",
    httpOnly: true,
    secure: deps.publicUrl.startsWith("https:"),
    sameSite: "lax",
    maxAge: lifeSeconds,
  });
}

export function clearSessionCookie(deps: { publicUrl: string }, reply: FastifyReply): void {
  reply.clearCookie(cookieName(deps), {
    path: "/",
    httpOnly: true,
    secure: deps.publicUrl.startsWith("https:"),
    sameSite: "lax",
  });
}
