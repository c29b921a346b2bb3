import type { FastifyReply, FastifyRequest } from "fastify";
import type { Session } from "../store/sessions.ts";
import type { Html } from "../views/html.ts";
import type { Viewer } from "../views/layout.ts";
import { isSignedIn } from "./session.ts";

/** Sends a page that nobody else may keep. */
export function sendPage(reply: FastifyReply, page: Html, status = 200): FastifyReply {
  return reply.code(status).type("text/html; charset=utf-8").send(String(page));
}

/** Who looks at a page, for its header. */
export function viewerOf(session: Session): Viewer {
  return { login: session.login ?? "you", avatarUrl: session.avatarUrl, admin: session.admin };
}

/**
 * The same without their picture, where the page's address holds a code or a secret: then nothing is loaded from anybody
 * else. Null: nobody is signed in.
 */
export function bareViewer(session: Session | null): Viewer | null {
  return isSignedIn(session) ? { ...viewerOf(session), avatarUrl: null } : null;
}

/** Where a page sends who isn't signed in, to come back to it afterwards. */
export function signInAddress(request: FastifyRequest): string {
  return `/?return_to=${encodeURIComponent(request.url)}`;
}
