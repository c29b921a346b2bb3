import type { ApiPage } from "../../views/docs/api-page.ts";
import type { Operation } from "../../views/docs/operation.ts";
import { documentParts, type OperationPart } from "./document-parts.ts";
import { schemeOf } from "./operation.ts";
import { fieldOf, fieldsOf } from "./schema-words.ts";

const places = { path: "In the address", query: "Query", header: "Headers" } as const;
const keyNames: Record<string, string> = {
  [schemeOf.bot]: "a bot's key",
  [schemeOf.platform]: "a host platform's key",
  [schemeOf.pass]: "a pass",
};

/** What the page shows of a document. */
export function readApiPage(document: object): Omit<ApiPage, "viewer" | "documentPath"> {
  const { info, tags, components, paths } = documentParts.parse(document);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, part]) => ({ area: part.tags[0], ...describe(method, path, part) })),
  );
  return {
    introduction: info.description,
    keys: Object.values(components.securitySchemes).map(({ description }) => description),
    areas: tags.map(({ name, description }) => ({
      name,
      says: description,
      operations: operations.filter(({ area }) => area === name),
    })),
  };
}

function describe(method: string, path: string, part: OperationPart): Operation {
  const { operationId, summary, description, security, parameters, requestBody } = part;
  const answers = Object.entries(part.responses);
  return {
    id: operationId,
    method: method.toUpperCase(),
    path,
    summary,
    description: description ?? null,
    keys: security.flatMap((schemes) => Object.keys(schemes)).map((scheme) => keyNames[scheme] ?? scheme),
    parameters: (["path", "query", "header"] as const).flatMap((place) => {
      const those = parameters.filter((parameter) => parameter.in === place);
      const fields = those.map(({ name, schema, required, description: says }) =>
        fieldOf(name, says === undefined ? schema : { ...schema, description: says }, { required, side: "sent" }),
      );
      return fields.length > 0 ? [{ place: places[place], fields }] : [];
    }),
    body: requestBody ? bodyOf(requestBody) : null,
    answers: answers
      .filter(([status]) => status.startsWith("2"))
      .map(([status, { description: says, content }]) => {
        const schema = content?.["application/json"]?.schema;
        return { status, says, fields: schema ? fieldsOf(schema, "answered") : [] };
      }),
    problems: answers.flatMap(([status, { description: says, content }]) => {
      const own = content?.["application/problem+json"]?.schema.allOf?.at(-1);
      return own ? [{ status, says, codes: (own.properties?.code?.enum ?? []).map(String) }] : [];
    }),
  };
}

function bodyOf({ required, content }: NonNullable<OperationPart["requestBody"]>): NonNullable<Operation["body"]> {
  const { schema, example } = content["application/json"];
  return {
    required,
    fields: fieldsOf(schema, "sent"),
    example: example === undefined ? null : JSON.stringify(example, null, 2),
  };
}
