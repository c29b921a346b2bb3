import { ProviderFailure } from "./failure.ts";

/** The HTTP deadline to a provider (contract, Times). */
export const contractDeadlineMs = 15_000;
const largestAnswer = 8 * 1024 * 1024;

/**
 * A `fetch` for calls that carry credentials: with a deadline over headers and body, a cap on the answer's size, and
 * no redirect followed (a redirect would hand the credentials to another host).
 * @param fetch the one that really sends
 * @param deadlineMs time in which this process runs, as {@link startDeadline} counts it
 * @param read what is read of the body within it
 * @throws ProviderFailure `unreachable` when no whole answer came in time, `garbled` when it is too large
 */
export function boundedFetch(
  fetch: typeof globalThis.fetch,
  deadlineMs = contractDeadlineMs,
  read: (response: Response) => Promise<Uint8Array<ArrayBuffer>> = readCapped,
): typeof globalThis.fetch {
  return async (input, init) => {
    const deadline = startDeadline(deadlineMs);
    const signal = AbortSignal.any([deadline.signal, ...(init?.signal ? [init.signal] : [])]);
    try {
      const response = await fetch(input, { ...init, redirect: "manual", signal });
      const body = await read(response);
      const empty = [101, 204, 205, 304].includes(response.status);
      return new Response(empty ? null : body, { status: response.status, headers: response.headers });
    } catch (error) {
      if (error instanceof ProviderFailure) throw error;
      throw new ProviderFailure("unreachable", "the provider did not answer", { cause: error });
    } finally {
      deadline.clear();
    }
  };
}

/** A deadline is counted in steps of this length. */
const stepMs = 250;
/** A step that takes so much longer was no step: the process stood still. */
const standstillMs = 100;

/**
 * A deadline that counts the time in which this process runs. One that stood still (stopped, swapped out, its machine
 * asleep) finds its timers due before it has read what came meanwhile. That can be a rotated pair of tokens, which an
 * abort would throw away: so after a standstill one more step is waited for it.
 */
function startDeadline(ms: number): { signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  let left = ms;
  let timer: NodeJS.Timeout;
  const step = () => {
    const began = performance.now();
    const planned = left > 0 ? Math.min(left, stepMs) : standstillMs;
    timer = setTimeout(() => {
      left -= planned;
      const stoodStill = performance.now() - began > planned + standstillMs;
      if (left > 0 || stoodStill) step();
      else controller.abort(new DOMException("the deadline has passed", "TimeoutError"));
    }, planned);
    timer.unref();
  };
  step();
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
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

/** Reads a body of which nothing counts: no further than that, so that nobody can keep us reading. */
export async function readBeginning(response: Response, mostBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > mostBytes) break;
  }
  return new Uint8Array();
}
