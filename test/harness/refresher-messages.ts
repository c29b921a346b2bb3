import { z } from "zod";

/* What a test and its refresher say to each other. */

export const beginning = z.object({
  environment: z.record(z.string(), z.string()),
  databaseUrl: z.string(),
  times: z.object({ lease: z.number(), staleClaim: z.number(), suspicion: z.number(), waiter: z.number() }),
  /** A request to GitHub takes up to so much longer on its way there, and on its way back. */
  slowerMs: z.number(),
});
export const question = z.object({ id: z.number(), accountId: z.string() });
/** `told`: "fresh", or the code of a problem. */
export const answer = z.object({ id: z.number(), told: z.string() });
