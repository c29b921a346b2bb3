import { z } from "zod";
import { isProblemCode } from "../../errors.ts";

const problemCode = z.string().refine(isProblemCode);
const attribution = z.enum(["user", "app"]);

/** What a commit is answered with. */
export const commitAnswer = z.object({
  oid: z.string(),
  url: z.string(),
  branch: z.string(),
  verified: z.boolean(),
  attribution,
  author: z.object({ login: z.string().nullable(), name: z.string(), email: z.string() }),
  transport: z.enum(["graphql", "git-data"]),
  /** Why the app's name stands there although the person's was asked for first. */
  fallback_reason: problemCode.optional(),
  /** Whether the trailer names the address that GitHub put on the commit. */
  signed_off: z.boolean().optional(),
  pull_request: z
    .object({
      number: z.number().int(),
      url: z.string(),
      attribution,
      /** False: one for the same head and base was open already. */
      created: z.boolean(),
      fallback_reason: problemCode.optional(),
    })
    .optional(),
  pull_request_error: z.object({ code: problemCode, detail: z.string() }).optional(),
});

export type CommitAnswer = z.infer<typeof commitAnswer>;

/** As it is kept for repeated calls: personal data stays in `identities`, so the person as author is left out. */
export const storedCommitAnswer = commitAnswer.extend({ author: commitAnswer.shape.author.nullable() });
