import { z } from "zod";

/** What the load generator is told: how much to send where. */
export const load = z.object({
  port: z.number(),
  secret: z.string(),
  deliveries: z.number(),
  connections: z.number(),
});

export type Load = z.infer<typeof load>;

export const sent = z.object({
  seconds: z.number(),
  /** Answers that were not 2xx. */
  refused: z.number(),
});
