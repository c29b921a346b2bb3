import type { FastifyReply, FastifyRequest } from "fastify";
import type { ConnectRefusal } from "../actions/sign-in/connect-refusal.ts";
import { messagePage } from "../views/message.ts";
import { connectRefusalWords } from "./connect-refusal-words.ts";
import type { HttpDeps } from "./deps.ts";
import { bareViewer, sendPage } from "./page.ts";
import { currentSession, isSignedIn } from "./session.ts";

/** Answers with the page that says why a sign-in or connect came to nothing. */
export async function sendConnectRefusal(
  deps: HttpDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: ConnectRefusal,
  providerName: string,
): Promise<FastifyReply> {
  const session = await currentSession(deps, request);
  const { status, ...words } = connectRefusalWords(refusal, { providerName, signedIn: isSignedIn(session) });
  request.log.info({ reason: refusal.reason }, "a sign-in or connect was refused");
  const viewer = bareViewer(session);
  return sendPage(reply, messagePage({ ...words, tone: "danger", code: refusal.reason, viewer }), status);
}
