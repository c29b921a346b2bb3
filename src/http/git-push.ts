import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { allowGit } from "../actions/git/allow-git.ts";
import { readGitPath } from "../actions/git/git-path.ts";
import { pushAsPerson } from "../actions/git/push-as-person.ts";
import { PushRefused } from "../actions/git/push-refused.ts";
import { readAsPerson } from "../actions/git/read-as-person.ts";
import { Problem } from "../errors.ts";
import { flush } from "../git/pkt-lines.ts";
import { type IncomingPush, readPush } from "../git/read-push.ts";
import { refusePush, refuseUnreadPush } from "../git/refuse-push.ts";
import type { UpstreamAnswer } from "../providers/upstream.ts";
import { redact } from "../redact.ts";
import { answerEarly } from "./forward/answer-early.ts";
import { gitHeaders } from "./forward/git-headers.ts";
import { enterGitRoom, type GitRouteDeps, gitAddresses, gitCaller, gitRequest } from "./forward/git-upstream.ts";
import { inflate } from "./forward/inflate.ts";
import { callerGone, sendAnswer } from "./forward/send-answer.ts";
import { inGitsWords } from "./git-problem.ts";

/** How many refused refs are told about in sentences; beside each of the others stands a word. */
const mostSentences = 10;

/** `POST …/git-receive-pack`. What is refused is said within git's protocol, so that git shows it. */
export async function receivePack(
  deps: GitRouteDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const stream = request.body instanceof Readable ? request.body : Readable.from([]);
  let incoming: IncomingPush | null = null;
  try {
    const caller = gitCaller(request);
    const repository = readGitPath(request.raw.url ?? "");
    const headers = gitHeaders(request.headers, "push");
    const signal = untilRead(request, reply);
    const send = (token: string, body: Readable | Buffer) =>
      deps.upstream.send(
        gitRequest(deps, repository, { method: "POST", path: "git-receive-pack", headers, token, body, signal }),
      );
    // Before anything is held for who may not push at all; what it does to which refs is decided when it is known.
    await allowGit(deps, caller, repository, "push");
    const leave = await enterGitRoom(deps, request, caller);
    incoming = await readPush(inflate(stream, request.headers["content-encoding"])).finally(leave);
    if (incoming.request.commands.length === 0) {
      await requireNothing(incoming);
      const probe = { repository, service: "git-receive-pack", request: "probe", once: false } as const;
      const answer = await readAsPerson(deps, caller, { ...probe, send: (token) => send(token, flush) });
      return sendAnswer(reply, answer, gitAddresses(deps));
    }
    const answer = await pushAsPerson(deps, caller, { repository, incoming, send });
    if (answer.status !== 200) throw await said(answer);
    return sendAnswer(reply, answer, gitAddresses(deps));
  } catch (error) {
    const sentence = inGitsWords(request, error);
    const type = "application/x-git-receive-pack-result";
    if (!incoming?.request.commands.length)
      return answerEarly(reply, { type, body: refuseUnreadPush(sentence) }, stream);
    const { sentences, reasonOf } = reasons(error, sentence);
    return answerEarly(reply, { type, body: refusePush(incoming.request, sentences, reasonOf) }, incoming.rest());
  }
}

function reasons(error: unknown, sentence: string): { sentences: string[]; reasonOf: (ref: string) => string } {
  const code = error instanceof Problem ? error.code : "internal_error";
  if (!(error instanceof PushRefused)) return { sentences: [sentence], reasonOf: () => `onbehalf: ${code}` };
  const told = [...error.refs.values()].map(({ message }) => `onbehalf: ${message}`);
  const left = told.length - mostSentences;
  return {
    sentences: left > 0 ? [...told.slice(0, mostSentences), `onbehalf: and ${left} more.`] : told,
    reasonOf: (ref) => `onbehalf: ${error.refs.get(ref)?.code ?? "nothing was pushed, since other refs were refused"}`,
  };
}

/** Once GitHub has the whole push, who sent it may go: what becomes of it is still read. */
function untilRead(request: FastifyRequest, reply: FastifyReply): AbortSignal {
  const gone = callerGone(reply);
  const abort = new AbortController();
  gone.addEventListener("abort", () => {
    if (!request.raw.complete) abort.abort();
  });
  return abort.signal;
}

/** @throws Problem `bad_request` */
async function requireNothing(incoming: IncomingPush): Promise<void> {
  for await (const piece of incoming.rest()) {
    if (piece.length > 0) throw new Problem("bad_request", "This push brings something, and names no ref for it.");
  }
}

/** What GitHub says instead of a report. */
async function said({ status, body }: UpstreamAnswer): Promise<Problem> {
  let text = "";
  try {
    for await (const piece of body) {
      text += piece;
      if (text.length > 1000) break;
    }
  } catch {
    // The status says enough.
  }
  const [line = ""] = text.trim().split("\n");
  const plain = /^[^<{]/.test(line) ? `: ${redact(line.slice(0, 300))}` : ".";
  return new Problem(
    status >= 500 ? "provider_unavailable" : "no_write_access",
    `GitHub refused with ${status}${plain}`,
  );
}
