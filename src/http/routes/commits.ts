import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { commitAnswer } from "../../actions/commits/commit-answer.ts";
import { commitAsUser } from "../../actions/commits/commit-as-user.ts";
import { githubProviders } from "../../config/github-app.ts";
import { requestedBy, runUrl, text } from "../attribution-fields.ts";
import { credentialOf } from "../credentials.ts";
import type { HttpDeps } from "../deps.ts";
import { operation } from "../openapi/operation.ts";
import { ofAccounts, ofActing, ofRepositories } from "../openapi/problem-codes.ts";

const change = z
  .strictObject({
    path: z.string(),
    content: z.string().optional().describe("The file's text."),
    content_base64: z.string().optional().describe("The file's bytes."),
    delete: z.literal(true).optional(),
    mode: z
      .enum(["100644", "100755", "120000"])
      .optional()
      .describe("Others than `100644` GitHub doesn't sign, see `require_verified`."),
  })
  .refine(
    ({ content, content_base64, delete: gone }) =>
      [content, content_base64, gone].filter((part) => part !== undefined).length === 1,
    {
      error: "give exactly one of content, content_base64 and delete",
    },
  );

const headline = text(1000)
  .refine((line) => line.trim() !== "" && !/[\r\n\u2028\u2029]/.test(line), {
    error: "write one line that is not empty",
  })
  .refine((line) => !/^\s*signed-off-by\s*:/i.test(line), {
    error: 'a sign-off is no headline: send "sign_off", which needs the person\'s consent',
  });

/** One line that can stand in a trailer. */
const trailerText = (most: number) =>
  text(most).refine((value) => value.trim() !== "" && !/[<>\r\n]/.test(value), {
    error: "write one line without < and >",
  });

const attribution = z.enum(["user", "app", "user-or-app"]);

/** What a bot sends. */
export const commitBody = z.strictObject({
  user: z.string().min(1).max(700).describe("Whose name it carries: `id`, `ext.ID` or `gh.NUMBER`."),
  repository: z.string().min(1).max(300).describe("`owner/name`."),
  branch: z.string().min(1).max(300),
  base: text(300)
    .min(1)
    .optional()
    .describe("A branch or a commit id, from which `branch` is created when it doesn't exist."),
  expected_head: z
    .string()
    .regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, { error: "give the whole commit id in lower-case hex" })
    .optional()
    .describe("The commit id that you worked on. Another head is refused with `head_moved`."),
  message: z.strictObject({
    headline,
    body: text(100_000).optional(),
  }),
  changes: z
    .array(change)
    .max(10_000)
    .describe("Each has a path and exactly one of `content`, `content_base64` and `delete`."),
  attribution: attribution
    .default("user")
    .describe("`user-or-app`: the App's name where the person's account can't be used, with the reason in the answer."),
  require_verified: z
    .boolean()
    .default(true)
    .describe("Only what GitHub signs. With false, what GitHub doesn't sign is committed unsigned."),
  co_authors: z
    .array(z.strictObject({ name: trailerText(200), email: trailerText(320) }))
    .max(20)
    .default([])
    .describe("As `Co-authored-by`."),
  credit_bot: z.boolean().default(false).describe("Names the App's bot user as `Co-authored-by`."),
  sign_off: z.boolean().default(false).describe("Adds the person's `Signed-off-by`, if they agreed to that."),
  pull_request: z
    .strictObject({
      title: text(256).refine((title) => title.trim() !== "", { error: "write a title" }),
      body: text(65_536).optional(),
      base: text(300).min(1).optional(),
      draft: z.boolean().optional(),
      attribution: attribution.default("user"),
    })
    .optional()
    .describe("Opens a pull request for the branch, or finds the open one. Needs the capability `pull-request`."),
  requested_by: requestedBy,
  run_url: runUrl,
  provider: z.enum(githubProviders).optional().describe("Which of the Apps at GitHub."),
});

/** A blob of 100 MB in base64, and what stands around it. */
const bodyLimit = 192 * 1024 * 1024;

/** One to 255 visible characters, as the draft of the HTTPAPI working group has it. */
const idempotencyKey = z.object({
  "idempotency-key": z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, { error: "give 1 to 255 visible ASCII characters" })
    .optional()
    .describe("Yours for 7 days: a repeated call with it is answered with the first answer, and never commits twice."),
});

const commit = operation("commit", {
  area: "Commits",
  summary: "Commit as a person",
  description:
    "The person is the author, GitHub the committer and signer. Needs the capability `commit` from that person for that repository and branch.",
  callers: ["bot", "pass"],
  problems: [
    ...ofActing,
    ...ofAccounts,
    ...ofRepositories,
    "protected_path",
    "branch_not_found",
    "head_moved",
    "idempotency_in_progress",
    "invalid_path",
    "duplicate_path",
    "bad_base64",
    "empty_change",
    "path_missing",
    "cannot_verify",
    "branch_protected",
    "repository_archived",
    "idempotency_mismatch",
  ],
});

const example: z.input<typeof commitBody> = {
  user: "gh.583231",
  repository: "acme/site",
  branch: "release-notes",
  base: "main",
  message: { headline: "Add release notes" },
  changes: [{ path: "NOTES.md", content: "# Notes\n" }],
  pull_request: { title: "Release notes" },
};

const response = {
  201: commitAnswer.meta({
    description: "The commit, as GitHub returned it.",
    headers: {
      "idempotent-replayed": { type: "string", const: "true", description: "It is the answer of an earlier call." },
    },
  }),
};

/** `POST /api/v1/commits` */
export function commitRoutes(scope: FastifyInstance, deps: HttpDeps): void {
  scope.withTypeProvider<ZodTypeProvider>().post(
    "/api/v1/commits",
    {
      bodyLimit,
      schema: { ...commit, body: commitBody.meta({ examples: [example] }), headers: idempotencyKey, response },
    },
    async (request, reply) => {
      const { expected_head, requested_by, run_url, require_verified, co_authors, credit_bot, sign_off, ...body } =
        request.body;
      const { pull_request, ...rest } = body;
      const caller = {
        credential: credentialOf(request),
        requestId: request.id,
        idempotencyKey: request.headers["idempotency-key"],
      };
      const { answer, replayed } = await commitAsUser(deps, caller, {
        ...rest,
        expectedHead: expected_head,
        requestedBy: requested_by,
        runUrl: run_url,
        requireVerified: require_verified,
        coAuthors: co_authors,
        creditBot: credit_bot,
        signOff: sign_off,
        pullRequest: pull_request,
      });
      if (replayed) reply.header("idempotent-replayed", "true");
      return reply.code(201).send(answer);
    },
  );
}
