import type { SwaggerTransform } from "@fastify/swagger";
import { jsonSchemaTransform } from "fastify-type-provider-zod";
import { noFields } from "../no-fields.ts";
import { problemAnswers } from "./problem-answers.ts";
import { ofEveryCall, ofEveryKey } from "./problem-codes.ts";

/** Turns a route's zod schemas into the document's, and adds what the route can be refused with. */
export const describeRoute: SwaggerTransform = (given) => {
  const { problems = [], body, security = [], ...rest } = given.schema ?? {};
  const schema = { ...rest, security, ...(body !== noFields && { body }) };
  const described = jsonSchemaTransform({ ...given, schema });
  const writes = given.route.method !== "GET";
  const codes = [
    ...(security.length > 0 ? ofEveryKey : []),
    ...(security.length > 0 && writes ? (["too_large"] as const) : []),
    ...problems,
    ...ofEveryCall,
  ];
  return {
    url: described.url,
    schema: { ...described.schema, response: { ...answers(described.schema.response), ...problemAnswers(codes) } },
  };
};

/** Answers as they are promised: what zod calls closed stays open, since fields may be added. */
function answers(response: unknown): Record<string, unknown> {
  return isObject(response)
    ? Object.fromEntries(Object.entries(response).map(([key, value]) => [key, opened(value)]))
    : {};
}

function opened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(opened);
  if (!isObject(value)) return value;
  const open = Object.entries(value).filter(([key, part]) => !(key === "additionalProperties" && part === false));
  return Object.fromEntries(open.map(([key, part]) => [key, opened(part)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
