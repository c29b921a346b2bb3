import { z } from "zod";

/** What the sandbox's process is started with. */
export const order = z.object({
  dataDir: z.string(),
  latencyMs: z.number(),
  onbehalfUrl: z.string(),
  people: z.array(z.object({ login: z.string(), uid: z.number() })),
  /** Full names; all belong to `acme`. */
  repositories: z.array(z.string()),
});

export type Order = z.infer<typeof order>;

export const ready = z.object({
  webUrl: z.string(),
  apiUrl: z.string(),
  app: z.object({
    id: z.number(),
    clientId: z.string(),
    clientSecret: z.string(),
    privateKey: z.string(),
    webhookSecret: z.string(),
  }),
});

export const question = z.discriminatedUnion("ask", [
  /** How many requests came since this was asked last. */
  z.object({ id: z.number(), ask: z.literal("requests") }),
  /** How many of them were to refresh a token. Whoever asks this begins to count all of them anew. */
  z.object({ id: z.number(), ask: z.literal("refreshes") }),
  /** Where a repository's default branch is. */
  z.object({ id: z.number(), ask: z.literal("head"), repository: z.string() }),
]);

export type Question = z.infer<typeof question>;

export const answered = z.object({ id: z.number(), answer: z.union([z.number(), z.string()]) });
