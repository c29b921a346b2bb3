import { z } from "zod";

/** What a replica is started with. */
export const replicaOrder = z.object({
  databaseUrl: z.string(),
  encryptionKeys: z.string(),
  github: z.object({ clientId: z.string(), clientSecret: z.string(), webUrl: z.string(), apiUrl: z.string() }),
});

export type ReplicaOrder = z.infer<typeof replicaOrder>;

export const errand = z.discriminatedUnion("do", [
  /**
   * A caller for each of these accounts, all at once; an account may stand there more than once. A patient caller who
   * is told when to come again does so.
   */
  z.object({ do: z.literal("call"), accounts: z.array(z.string()), patient: z.boolean() }),
  /** Whether each account's token is good, at GitHub, for whom it should be. */
  z.object({ do: z.literal("verify"), holders: z.array(z.object({ accountId: z.string(), uid: z.number() })) }),
]);

export type Errand = z.infer<typeof errand>;

export const called = z.object({
  slowestMs: z.number(),
  /** What callers were told instead of a token. */
  failures: z.array(z.string()),
  /** How often callers were told to come again, and did. */
  comeAgain: z.number(),
});

export const verified = z.object({
  /** Those whose token is good for nothing, or for somebody else. */
  lost: z.array(z.string()),
});
