import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { commitAnswer } from "../../actions/commits/commit-answer.ts";
import { commitAsUser } from "../../actions/commits/commit-as-user.ts";
import { githubProviders } from "../../config/github-app.ts";
import { requestedBy, runUrl, text } from "../attribution-fields.ts";
import { credentialOf } from "../credentials.ts";
import type { HttpDeps } from "../deps.ts";

const change = z
  .strictObject({
    path: z.string(),
    content: z.string().optional(),
    content_base64: z.string().optional(),
    delete: z.literal(true).optional(),
    mode: z.enum(["100644", "100755", "120000"]).optional(),
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
  user: z.string().min(1).max(700),
  repository: z.string().min(1).max(300),
  branch: z.string().min(1).max(300),
  base: text(300).min(1).optional(),
  expected_head: z
    .string()
    .regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, { error: "give the whole commit id in lower-case hex" })
    .optional(),
  message: z.strictObject({
    headline,
    body: text(100_000).optional(),
  }),
  changes: z.array(change).max(10_000),
  attribution: attribution.default("user"),
  require_verified: z.boolean().default(true),
  co_authors: z
    .array(z.strictObject({ name: trailerText(200), email: trailerText(320) }))
    .max(20)
    .default([]),
  credit_bot: z.boolean().default(false),
  sign_off: z.boolean().default(false),
  pull_request: z
    .strictObject({
      title: text(256).refine((title) => title.trim() !== "", { error: "write a title" }),
      body: text(65_536).optional(),
      base: text(300).min(1).optional(),
      draft: z.boolean().optional(),
      attribution: attribution.default("user"),
    })
    .optional(),
  requested_by: requestedBy,
  run_url: runUrl,
  provider: z.enum(githubProviders).optional(),
});

/** A blob of 100 MB in base64, and what stands around it. */
const bodyLimit = 192 * 1024 * 1024;

/** One to 255 visible characters, as the draft of the HTTPAPI working group has it. */
const idempotencyKey = z.object({
  "idempotency-key": z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, { error: "give 1 to 255 visible ASCII characters" })
    .optional(),
});

/** `POST /api/v1/commits` */
export function commitRoutes(scope: FastifyInstance, deps: HttpDeps): void {
  scope
    .withTypeProvider<ZodTypeProvider>()
    .post(
      "/api/v1/commits",
      { bodyLimit, schema: { body: commitBody, headers: idempotencyKey, response: { 201: commitAnswer } } },
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
