/** A `fetch` that keeps GitHub's answer to the next refresh back: GitHub has rotated the pair, and nobody here knows. */
export interface HeldRefresh {
  fetch: typeof globalThis.fetch;
  /** Holds the next refresh; `rotated` is fulfilled once GitHub has answered it. */
  hold(): { rotated: Promise<void>; release(): void };
}

export function holdRefreshes(): HeldRefresh {
  let next: { answered: () => void; released: Promise<void> } | undefined;
  return {
    async fetch(input, init) {
      const response = await fetch(input, init);
      const held = typeof init?.body === "string" && init.body.includes("refresh_token") ? next : undefined;
      if (!held) return response;
      next = undefined;
      held.answered();
      await held.released;
      return response;
    },
    hold() {
      const rotated = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      next = { answered: rotated.resolve, released: released.promise };
      return { rotated: rotated.promise, release: released.resolve };
    },
  };
}
