import { z } from "zod";

const place = z.object({
  url: z.string(),
  /** A bot's key that everybody there has permitted. */
  key: z.string(),
  accounts: z.number(),
});

/** What the process that is measured is started with. */
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

/** What it measured. Times in milliseconds, sizes in bytes. */
export const measured = z.object({
  readP99: pair,
  dueP99: pair,
  rotation: z.object({ rows: z.number(), seconds: z.number(), left: z.number() }),
  rss: z.object({ idle: z.number(), most: z.number() }),
});

export type Measured = z.infer<typeof measured>;

export const message = z.union([z.object({ progress: z.string() }), z.object({ measured })]);
