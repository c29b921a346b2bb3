import { z } from "zod";

const place = z.object({
  url: z.string(),
  /** A bot's key that everybody there has permitted. */
  key: z.string(),
  accounts: z.number(),
});

/** What the processes that are measured are started with. */
export const order = z.object({
  small: place,
  large: place,
  /** As `ENCRYPTION_KEYS` has it: the first one seals everything. */
  sealedWith: z.string(),
  /** The same with a new key in front. */
  rotateTo: z.string(),
  reads: z.number(),
  searches: z.number(),
  /** How many accounts a search looks for. */
  searchLimit: z.number(),
});

export type Order = z.infer<typeof order>;

const pair = z.object({ small: z.number(), large: z.number() });

/** Of one process, in bytes. */
const rss = z.object({ idle: z.number(), most: z.number() });

/** What reading and searching took, in milliseconds. */
export const readMeasured = z.object({ readP99: pair, dueP99: pair, rss });

/** What a rotation took. */
export const rotationMeasured = z.object({ rows: z.number(), left: z.number(), seconds: z.number(), rss });

export const told = z.object({ progress: z.string() });
