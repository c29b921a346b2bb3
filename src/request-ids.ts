import { AsyncLocalStorage } from "node:async_hooks";

/** Under which id something is done just now: that of a caller's request, or of a delivery. */
export interface RequestIds {
  /** Does work, and whatever it begins, under an id. */
  run<Result>(id: string, work: () => Result): Result;
  current(): string | undefined;
}

/** One for each process: the log writes the id on its lines, and {@link carryRequestId} sends it on. */
export function createRequestIds(): RequestIds {
  const ids = new AsyncLocalStorage<string>();
  return { run: (id, work) => ids.run(id, work), current: () => ids.getStore() };
}

/** The header that a request's id goes on in, and is answered in. */
export const requestIdHeader = "x-request-id";

/** A `fetch` that says for which request of ours it is: in the log of a proxy or of a GitHub Enterprise Server. */
export function carryRequestId(fetch: typeof globalThis.fetch, ids: RequestIds): typeof globalThis.fetch {
  return (input, init) => {
    const id = ids.current();
    if (id === undefined) return fetch(input, init);
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    headers.set(requestIdHeader, id);
    return fetch(input, { ...init, headers });
  };
}
