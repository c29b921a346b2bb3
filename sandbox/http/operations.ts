import { Kind, parse } from "graphql";

/**
 * Names by which a request's body is known: a GraphQL operation's name and its root fields, `exchange` or `refresh`
 * at the token endpoint.
 */
export function readOperations(path: string, body: unknown): string[] {
  const fields = typeof body === "object" && body !== null ? body : {};
  if (path === "/login/oauth/access_token") {
    return "grant_type" in fields && fields.grant_type === "refresh_token" ? ["refresh"] : ["exchange"];
  }
  if (!path.endsWith("/graphql") || !("query" in fields) || typeof fields.query !== "string") return [];
  try {
    return parse(fields.query).definitions.flatMap((definition) => {
      if (definition.kind !== Kind.OPERATION_DEFINITION) return [];
      const roots = definition.selectionSet.selections.flatMap((selection) =>
        selection.kind === Kind.FIELD ? [selection.name.value] : [],
      );
      return definition.name ? [definition.name.value, ...roots] : roots;
    });
  } catch {
    return [];
  }
}
