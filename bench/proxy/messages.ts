import { z } from "zod";

/** What the origin is started with: where it sends on what it does not answer itself. */
export const originOrder = z.object({ apiUrl: z.string(), bytes: z.number() });

export const listening = z.object({ port: z.number() });

/** What the bare proxy is started with. */
export const bareOrder = z.object({ port: z.number(), origin: z.string() });

const place = {
  port: z.number(),
  /** Each connection has one of its own. */
  passes: z.array(z.string()).min(1),
};

/** What the load generator is told. */
export const errand = z.discriminatedUnion("do", [
  z.object({ do: z.literal("ask"), ...place, path: z.string(), requests: z.number(), connections: z.number() }),
  /** One body of so many bytes. */
  z.object({ do: z.literal("send"), ...place, path: z.string(), bytes: z.number() }),
  z.object({ do: z.literal("fetch"), ...place, path: z.string(), bytes: z.number() }),
]);

export type Errand = z.infer<typeof errand>;

export const asked = z.object({
  seconds: z.number(),
  /** What the median request took, in milliseconds. */
  p50: z.number(),
  /** Answers that were not 2xx. */
  refused: z.number(),
});

export const moved = z.object({ seconds: z.number() });
