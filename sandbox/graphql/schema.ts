import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import { buildSchema, type GraphQLSchema } from "graphql";

function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** GitHub's real schema. It takes part of a second to build, so only what asks for it pays, once per process. */
export const loadSchema = once((): GraphQLSchema => {
  // The package exports its entry only, which parses a JSON copy of the schema as well: the text is read beside it.
  const manifest = findPackageJSON("@octokit/graphql-schema", import.meta.url);
  if (!manifest) throw new Error("@octokit/graphql-schema is not installed");
  return buildSchema(readFileSync(join(dirname(manifest), "schema.graphql"), "utf8"), {
    assumeValidSDL: true,
    noLocation: true,
  });
});
