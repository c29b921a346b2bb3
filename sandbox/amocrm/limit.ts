import type { AmocrmSwitches } from "./switches.ts";

/** The limit of an integration; whoever goes on after many refusals is blocked. */
export class Limit {
  readonly #switches: AmocrmSwitches;
  #taken: number[] = [];
  refused = 0;

  constructor(switches: AmocrmSwitches) {
    this.#switches = switches;
  }

  /** @returns null: go on */
  take(now = performance.now()): 429 | 403 | null {
    if (this.refused >= this.#switches.blockAfter) return 403;
    this.#taken = this.#taken.filter((at) => at > now - 1000);
    if (this.#taken.length < this.#switches.requestsPerSecond) {
      this.#taken.push(now);
      return null;
    }
    this.refused += 1;
    return 429;
  }

  /** Forgets what was sent, and lifts a block. */
  reset(): void {
    this.#taken = [];
    this.refused = 0;
  }
}
