import { ProviderFailure } from "./failure.ts";

/** The HTTP deadline to a provider (contract, Times). */
export const deadlineMs = 15_000;
const largestAnswer = 8 * 1024 * 1024;

/**
 * A `fetch` for calls that carry credentials: with a deadline over headers and body, a cap on the answer's size, and
 * no redirect followed (a redirect would hand the credentials to another host).
 * @param fetch the one that really sends
 * @throws ProviderFailure `unreachable` when no whole answer came in time, `garbled` when it is too large
 */
export function boundedFetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const signal = AbortSignal.any([AbortSignal.timeout(deadlineMs), ...(init?.signal ? [init.signal] : [])]);
    try {
      const response = await fetch(input, { ...init, redirect: "manual", signal });
      const body = await readCapped(response);
      const empty = [101, 204, 205, 304].includes(response.status);
      return new Response(empty ? null : body, { status: response.status, headers: response.headers });
    } catch (error) {
      if (error instanceof ProviderFailure) throw error;
      throw new ProviderFailure("unreachable", "the provider did not answer", { cause: error });
    }
  };
}

async function readCapped(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > largestAnswer) throw new ProviderFailure("garbled", "the provider's answer is too large");
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
