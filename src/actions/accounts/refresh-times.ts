/** How long the parts of a refresh may take. Tests shorten them; nothing that is right depends on their length. */
export interface RefreshTimes {
  /** A lease, seconds. Longer than the HTTP deadline to a provider, so that a slow answer finds it held. */
  lease: number;
  /** A claim older than this when the request is about to be sent is made again first, seconds. */
  staleClaim: number;
  /** Nobody sends a refresh after a refusal under a lease that was taken over, seconds. */
  suspicion: number;
  /** A waiter gives up, seconds. */
  waiter: number;
}

/** The contract's (Times). */
export const contractTimes: RefreshTimes = { lease: 30, staleClaim: 10, suspicion: 600, waiter: 20 };
