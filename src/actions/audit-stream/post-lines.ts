import { ProviderFailure } from "../../providers/failure.ts";
import { boundedFetch, contractDeadlineMs, readBeginning } from "../../providers/outgoing.ts";
import { SinkFailure } from "./sink-failure.ts";

/** What is read of an answer. Nothing in it counts, but a connection whose answer was read can be used again. */
const mostBytes = 16 * 1024;

/**
 * Posts lines once. They are there when the answer is a 2xx.
 * @throws SinkFailure
 */
export async function postLines(
  deps: { fetch: typeof globalThis.fetch },
  post: { url: string; token: string | null; lines: string },
): Promise<void> {
  const { url, token, lines: body } = post;
  const send = boundedFetch(deps.fetch, contractDeadlineMs, (response) => readBeginning(response, mostBytes));
  const headers = {
    "content-type": "application/x-ndjson",
    "user-agent": "onbehalf",
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  };
  const { status, ok } = await send(url, { method: "POST", headers, body }).catch((error) => {
    throw new SinkFailure(error instanceof ProviderFailure ? error.kind : "unknown", { cause: error });
  });
  if (!ok) throw new SinkFailure(`http_${status}`, { tooMuch: status === 413 });
}
