import {
  type DocumentNode,
  defaultFieldResolver,
  execute,
  type GraphQLError,
  type GraphQLFieldResolver,
  parse,
  validate,
} from "graphql";
import { GraphqlFault } from "./graphql-fault.ts";
import { loadSchema } from "./schema.ts";

export interface GraphqlRequest {
  query: string;
  variables?: Record<string, unknown> | null | undefined;
  operationName?: string | null | undefined;
}

export interface GraphqlAnswer {
  body: object;
  headers: Record<string, string>;
}

/** A field of the real schema that the sandbox knows nothing about is an error, never a silent null. */
const resolveKnownField: GraphQLFieldResolver<unknown, unknown> = (source, args, context, info) => {
  if (typeof source !== "object" || source === null || !(info.fieldName in source)) {
    throw new Error(`The sandbox does not answer ${info.parentType.name}.${info.fieldName}`);
  }
  return defaultFieldResolver(source, args, context, info);
};

/** Validates against GitHub's real schema and executes; the answer has GitHub's shape. */
export async function executeQuery(request: GraphqlRequest, rootValue: object): Promise<GraphqlAnswer> {
  let document: DocumentNode;
  try {
    document = parse(request.query);
  } catch (error) {
    return { body: { errors: [{ message: error instanceof Error ? error.message : "Parse error" }] }, headers: {} };
  }
  const schema = loadSchema();
  const invalid = validate(schema, document);
  if (invalid.length > 0) return { body: { errors: invalid.map(validationBody) }, headers: {} };
  const result = await execute({
    schema,
    document,
    rootValue,
    variableValues: request.variables ?? null,
    operationName: request.operationName ?? null,
    fieldResolver: resolveKnownField,
  });
  const errors = result.errors?.map(errorBody);
  const faults = (result.errors ?? []).flatMap(({ originalError }) =>
    originalError instanceof GraphqlFault ? [originalError] : [],
  );
  return {
    body: { ...(result.data === undefined ? {} : { data: result.data }), ...(errors ? { errors } : {}) },
    headers: Object.assign({}, ...faults.map((fault) => fault.details.headers ?? {})),
  };
}

function errorBody(error: GraphQLError) {
  const { originalError } = error;
  const fault = originalError instanceof GraphqlFault ? originalError : null;
  const type = fault ? { type: fault.type } : {};
  const extensions = fault?.details.extensions ? { extensions: fault.details.extensions } : {};
  return { ...type, ...extensions, path: error.path, locations: error.locations, message: error.message };
}

function validationBody(error: GraphQLError) {
  const field = /^Cannot query field "(\w+)" on type "(\w+)"/.exec(error.message);
  if (!field) return { locations: error.locations, message: error.message };
  const [, fieldName, typeName] = field;
  const extensions = { code: "undefinedField", typeName, fieldName };
  return {
    locations: error.locations,
    extensions,
    message: `Field '${fieldName}' doesn't exist on type '${typeName}'`,
  };
}
