import type { IncomingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import { Agent, errors } from "undici";
import { type RequestIds, requestIdHeader } from "../request-ids.ts";
import { createPieceCollector } from "./collect-pieces.ts";
import { ProviderFailure } from "./failure.ts";
import { lookup } from "./localhost.ts";
import { contractDeadlineMs } from "./outgoing.ts";

export interface UpstreamRequest {
  /** Sent as it stands: nothing in it is resolved or normalised. */
  url: { origin: string; path: string };
  method: string;
  headers: Record<string, string | string[]>;
  /** A stream is read only as fast as the provider takes it. */
  body: Readable | Buffer | null;
  /** Aborted when the caller has gone. */
  signal: AbortSignal;
  /** Until the answer begins, and between two pieces of it; in milliseconds. */
  patience?: { firstByteMs: number; idleMs: number };
}

/** An answer whose body has not been read. Whoever has it reads the body, or destroys it. */
export interface UpstreamAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Readable;
}

/** Streams requests to providers, both ways. No redirect is followed: it would hand the token to another place. */
export interface Upstream {
  /** @throws ProviderFailure `unreachable` */
  send(request: UpstreamRequest): Promise<UpstreamAnswer>;
  close(): Promise<void>;
}

const usualPatience = { firstByteMs: contractDeadlineMs, idleMs: 60_000 };

/** Connections are kept and shared; a process holds at most 100 to one origin, as many as GitHub takes of one person. */
export function createUpstream({ requestIds }: { requestIds: Pick<RequestIds, "current"> }): Upstream {
  const agent = new Agent({ connections: 100, connect: { timeout: 5_000, lookup }, keepAliveTimeout: 30_000 });
  const pieces = createPieceCollector();
  return {
    async send({ url, method, headers, body, signal, patience = usualPatience }) {
      const id = requestIds.current();
      if (body instanceof Readable) pieces.watch(body, headers["content-length"]);
      try {
        const answer = await agent.request({
          ...url,
          method,
          headers: id === undefined ? headers : { ...headers, [requestIdHeader]: id },
          body,
          signal,
          headersTimeout: patience.firstByteMs,
          bodyTimeout: patience.idleMs,
        });
        pieces.watch(answer.body, answer.headers["content-length"]);
        return { status: answer.statusCode, headers: answer.headers, body: answer.body };
      } catch (error) {
        const garbled = error instanceof errors.HTTPParserError || error instanceof errors.HeadersOverflowError;
        const kind = garbled ? "garbled" : "unreachable";
        throw new ProviderFailure(kind, "the provider did not answer", { cause: error });
      }
    },
    close: () => agent.destroy(),
  };
}
