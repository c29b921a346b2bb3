import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { commitAsUser } from "../../actions/commit-as-user.ts";
import { keyHash } from "../credentials.ts";
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

/** Text that git and PostgreSQL can hold: no NUL, and no half of a surrogate pair. */
const text = (most: number) =>
  z
    .string()
    .max(most)
    .refine((value) => value.isWellFormed() && !value.includes("\0"), {
      error: "give well-formed text without a NUL",
    });

const headline = text(1000).refine((line) => line.trim() !== "" && !/[\r\n]/.test(line), {
  error: "write one line that is not empty",
});

const commitBody = z.strictObject({
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
  attribution: z.literal("user").optional(),
  require_verified: z.boolean().optional(),
  requested_by: text(700).min(1).optional(),
  run_url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .refine((url) => !/[\s\p{Cc}\p{Cs}]/u.test(url), { error: "an address has no space and no control character" })
    .optional(),
  provider: z.literal("github").optional(),
});

const commitAnswer = z.object({
  oid: z.string(),
  url: z.string(),
  branch: z.string(),
  verified: z.boolean(),
  attribution: z.literal("user"),
  author: z.object({ login: z.string().nullable(), name: z.string(), email: z.string() }),
  transport: z.literal("graphql"),
});

/** 40 MB of content in base64, or as JSON text, and what stands around it. */
const bodyLimit = 64 * 1024 * 1024;

/** `POST /api/v1/commits` */
export function commitRoutes(scope: FastifyInstance, deps: HttpDeps): void {
  scope
    .withTypeProvider<ZodTypeProvider>()
    .post(
      "/api/v1/commits",
      { bodyLimit, schema: { body: commitBody, response: { 201: commitAnswer } } },
      async (request, reply) => {
        const { expected_head, requested_by, run_url, ...body } = request.body;
        const caller = { keyHash: keyHash(request), requestId: request.id };
        const answer = await commitAsUser(deps, caller, {
          ...body,
          expectedHead: expected_head,
          requestedBy: requested_by,
          runUrl: run_url,
        });
        return reply.code(201).send(answer);
      },
    );
}
