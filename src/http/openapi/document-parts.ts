import { z } from "zod";

/** What the page needs of a JSON Schema as the document has them. */
export const schemaPart = z.object({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  format: z.string().optional(),
  description: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  default: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  required: z.array(z.string()).optional(),
  get properties() {
    return z.record(z.string(), schemaPart).optional();
  },
  get items() {
    return schemaPart.optional();
  },
  get anyOf() {
    return z.array(schemaPart).optional();
  },
  get allOf() {
    return z.array(schemaPart).optional();
  },
});
export type SchemaPart = z.infer<typeof schemaPart>;

const media = z.object({ schema: schemaPart, example: z.unknown().optional() });

export const operationPart = z.object({
  operationId: z.string(),
  summary: z.string(),
  description: z.string().optional(),
  tags: z.tuple([z.string()]),
  security: z.array(z.record(z.string(), z.unknown())).default([]),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.enum(["path", "query", "header"]),
        required: z.boolean().default(false),
        description: z.string().optional(),
        schema: schemaPart,
      }),
    )
    .default([]),
  requestBody: z.object({ required: z.boolean(), content: z.object({ "application/json": media }) }).optional(),
  responses: z.record(
    z.string(),
    z.object({
      description: z.string(),
      content: z
        .object({ "application/json": media.optional(), "application/problem+json": media.optional() })
        .optional(),
    }),
  ),
});
export type OperationPart = z.infer<typeof operationPart>;

/** What the page needs of the document, and what the document therefore always has. */
export const documentParts = z.object({
  info: z.object({ description: z.string() }),
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  components: z.object({ securitySchemes: z.record(z.string(), z.object({ description: z.string() })) }),
  paths: z.record(z.string(), z.record(z.string(), operationPart)),
});
