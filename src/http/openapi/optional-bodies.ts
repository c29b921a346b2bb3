import type { SwaggerTransformObject } from "@fastify/swagger";

/** Says of a body that may be missing that it may, where zod says that it may be null. */
export const optionalBodies: SwaggerTransformObject = (document) => {
  if (!("openapiObject" in document)) return {};
  for (const path of Object.values(document.openapiObject.paths ?? {})) {
    for (const operation of [path?.put, path?.post, path?.delete]) {
      const body = operation?.requestBody;
      if (!body || "$ref" in body) continue;
      for (const media of Object.values(body.content)) {
        if (!media.schema || !("anyOf" in media.schema)) continue;
        const [first, ...others] = (media.schema.anyOf ?? []).filter((part) => !isNull(part));
        if (!first || others.length > 0) continue;
        media.schema = first;
        body.required = false;
      }
    }
  }
  return document.openapiObject;
};

function isNull(schema: object): boolean {
  return "type" in schema && schema.type === "null";
}
