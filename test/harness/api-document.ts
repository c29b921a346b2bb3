import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { z } from "zod";
import { apiDocument } from "../../src/http/openapi/api-document.ts";

const media = z.object({ schema: z.looseObject({}), example: z.unknown().optional() });
const operation = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  tags: z.array(z.string()),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string() })).optional(),
  requestBody: z.object({ required: z.boolean(), content: z.record(z.string(), media) }).optional(),
  responses: z.record(
    z.string(),
    z.object({ description: z.string(), content: z.record(z.string(), media).optional() }),
  ),
});
const shape = z.looseObject({
  tags: z.array(z.object({ name: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operation)),
});

export type Operation = z.infer<typeof operation> & { method: string; path: string };

export interface Sent {
  status: number;
  headers: Headers;
  /** Null: there was none. */
  body: unknown;
}

/** The document, and what it says of an answer. */
export interface ApiDocument {
  whole: object;
  areas: string[];
  operations: Operation[];
  /** What is wrong with an answer by the document; null: nothing. */
  faultOf(operation: Operation, answer: Sent): string | null;
  /** What is wrong with a body by the document; null: nothing. */
  faultOfBody(operation: Operation, body: unknown): string | null;
}

export async function readApiDocument(): Promise<ApiDocument> {
  const whole = await apiDocument();
  const { paths, tags } = shape.parse(whole);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({ ...one, method: method.toUpperCase(), path })),
  );
  const ajv = new Ajv2020({ strict: false, validateFormats: true });
  formats.default(ajv);
  ajv.addSchema(whole, "document");
  const fault = (pointer: string[], value: unknown): string | null => {
    const $ref = `document#/${pointer.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/")}`;
    const check = ajv.getSchema($ref) ?? ajv.compile({ $ref });
    return check(value) ? null : ajv.errorsText(check.errors, { dataVar: "it" });
  };
  return {
    whole,
    areas: tags.map(({ name }) => name),
    operations,
    faultOf({ path, method, operationId, responses }, { status, headers, body }) {
      const response = responses[String(status)];
      const what = `${operationId} answered ${status}`;
      if (!response) return `${what}, which the document doesn't know: ${JSON.stringify(body)}`;
      const [type = ""] = (headers.get("content-type") ?? "").split(";");
      if (!response.content) return body === null ? null : `${what} with a body, and the document knows none`;
      if (!response.content[type]) return `${what} as ${type}, which the document doesn't know`;
      const at = ["paths", path, method.toLowerCase(), "responses", String(status), "content", type, "schema"];
      const wrong = fault(at, body);
      return wrong && `${what}: ${wrong} in ${JSON.stringify(body)}`;
    },
    faultOfBody({ path, method }, body) {
      return fault(["paths", path, method.toLowerCase(), "requestBody", "content", "application/json", "schema"], body);
    },
  };
}

let reading: Promise<ApiDocument> | undefined;

/**
 * What is wrong with an answer by the document, made once a process. Every test's call is held against it, so that the
 * document has all statuses and codes that are ever seen.
 * @returns null: nothing, or the document is not about that address
 */
export async function undocumented(method: string, path: string, answer: Sent): Promise<string | null> {
  const [address = ""] = path.split("?");
  if (!/^\/(api\/v1\/|healthz$|readyz$)/.test(address)) return null;
  reading ??= readApiDocument();
  const document = await reading;
  const operation = document.operations.find((one) => one.method === method && template(one.path).test(address));
  return operation ? document.faultOf(operation, answer) : null;
}

/** Which addresses a path of the document stands for. */
function template(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
}
