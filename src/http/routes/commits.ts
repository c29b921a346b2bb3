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

const headline = z
  .string()
  .max(1000)
  .refine((text) => text.trim() !== "" && !/[\r\n\0]/.test(text), { error: "write one line that is not empty" });

const commitBody = z.strictObject({
  user: z.string().min(1).max(700),
  repository: z.string().min(1).max(300),
  branch: z.string().min(1).max(300),
  base: z.string().min(1).max(300).optional(),
  expected_head: z
    .string()
    .regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, { error: "give the whole commit id in lower-case hex" })
    .optional(),
  message: z.strictObject({
    headline,
    body: z
      .string()
      .max(100_000)
      .refine((text) => !text.includes("\0"), { error: "a message can't hold a NUL" })
      .optional(),
  }),
  changes: z.array(change).max(10_000),
  attribution: z.literal("user").optional(),
  require_verified: z.boolean().optional(),
  requested_by: z.string().min(1).max(700).optional(),
  run_url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
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
