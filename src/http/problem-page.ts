import type { FastifyReply, FastifyRequest } from "fastify";
import type { Problem } from "../errors.ts";
import { type MessageAction, messagePage } from "../views/message.ts";
import { sendPage } from "./page.ts";
import { logProblem } from "./problem.ts";

/** Answers a person's browser with a problem, as a page. */
export function sendProblemPage(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  logProblem(request, problem);
  if (problem.retryAfter !== undefined) reply.header("retry-after", String(problem.retryAfter));
  const page = messagePage({
    title: title(problem),
    tone: "danger",
    says: problem.message,
    todo: whatToDo(problem),
    code: problem.code,
    action: problem.code === "sso_required" ? signOn(problem) : { href: "/", text: "To the start" },
  });
  return sendPage(reply, page, problem.status);
}

/** Where the person goes first. It is GitHub's, and opens in the same tab: afterwards they begin anew. */
function signOn({ actionUrl = "/" }: Problem): MessageAction {
  return { href: actionUrl, text: actionUrl === "/" ? "To the start" : "Pass single sign-on at GitHub" };
}

/** Whether it is a person's browser that asks, and not for an API. */
export function wantsPage(request: FastifyRequest): boolean {
  return Boolean(request.headers.accept?.includes("text/html")) && !request.url.startsWith("/api/");
}

function title({ code, status }: Problem): string {
  if (code === "not_found") return "There is nothing here";
  return status >= 500 ? "That did not work" : "That can't be done";
}

function whatToDo({ code, status }: Problem): string {
  if (code === "not_found") return "Check the address.";
  if (code === "provider_configuration" || code === "cannot_unseal") return "Tell the operator of this onbehalf.";
  if (code === "sso_required") return "Pass the organisation's single sign-on at GitHub, then come back and try again.";
  if (status === 429) return "Wait a minute, then try again.";
  return status >= 500 ? "Try again in a moment." : "Go back and try again.";
}
