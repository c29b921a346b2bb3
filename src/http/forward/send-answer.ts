import type { FastifyReply } from "fastify";
import type { UpstreamAnswer } from "../../providers/upstream.ts";
import { answerHeaders } from "./answer-headers.ts";

/** Streams a provider's answer to the caller, as fast as the caller takes it. */
export function sendAnswer(
  reply: FastifyReply,
  answer: UpstreamAnswer,
  addresses: { theirs: string; ours: string },
): FastifyReply {
  // A caller that has gone must not leave the provider's connection busy.
  const giveUp = () => answer.body.destroy();
  if (reply.raw.destroyed) giveUp();
  else reply.raw.once("close", giveUp);
  return reply.code(answer.status).headers(answerHeaders(answer.headers, addresses)).send(answer.body);
}

/** Aborts when the caller has gone before the answer was sent. */
export function callerGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}
