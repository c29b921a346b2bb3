import { z } from "zod";
import { isProblemCode } from "../../errors.ts";

const problemCode = z.string().refine(isProblemCode);
const attribution = z.enum(["user", "app"]);

/** What a commit is answered with. */
export const commitAnswer = z.object({
  oid: z.string().describe("The commit's id."),
  url: z.string().describe("Where it is shown."),
  branch: z.string(),
  verified: z.boolean().describe("Whether GitHub signed it."),
  attribution: attribution.describe("In whose name it is."),
  author: z.object({ login: z.string().nullable(), name: z.string(), email: z.string() }).describe("As GitHub has it."),
  transport: z.enum(["graphql", "git-data"]).describe("`git-data` for what GitHub doesn't sign."),
  fallback_reason: problemCode
    .optional()
    .describe("Why the App's name stands there although the person's was asked for first."),
  signed_off: z.boolean().optional().describe("Whether the trailer names the address that is on the commit."),
  pull_request: z
    .object({
      number: z.number().int(),
      url: z.string(),
      attribution,
      created: z.boolean().describe("False: one for the same head and base was open already."),
      fallback_reason: problemCode.optional(),
    })
    .optional(),
  pull_request_error: z
    .object({ code: problemCode, detail: z.string() })
    .optional()
    .describe("The commit stands, and the pull request could not be opened."),
});

export type CommitAnswer = z.infer<typeof commitAnswer>;

/** As it is kept for repeated calls: personal data stays in `identities`, so the person as author is left out. */
export const storedCommitAnswer = commitAnswer.extend({ author: commitAnswer.shape.author.nullable() });
