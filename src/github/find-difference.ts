import { z } from "zod";
import { ProviderFailure } from "../providers/failure.ts";
import type { GithubClient } from "./client.ts";
import type { RepositoryName } from "./read-branch.ts";

const object = z.object({ oid: z.string() }).nullable();
const answer = z.object({ repository: z.record(z.string(), object) });

/**
 * Compares a commit with the default branch, in one request.
 * @returns the first of the paths at which they differ, null when there is none
 */
export async function findDifference(
  deps: { client: GithubClient },
  token: string,
  request: { repository: RepositoryName; commit: string; paths: readonly string[] },
): Promise<string | null> {
  const { repository, commit, paths } = request;
  const names = paths.flatMap((_path, index) => [`commit${index}`, `default${index}`]);
  const expressions = paths.flatMap((path) => [`${commit}:${path}`, `HEAD:${path}`]);
  const query = `query FindDifference($owner: String!, $name: String!, ${names.map((name) => `$${name}: String!`).join(", ")}) {
    repository(owner: $owner, name: $name, followRenames: false) {
      ${names.map((name) => `${name}: object(expression: $${name}) { oid }`).join("\n")}
    }
  }`;
  const variables = Object.fromEntries(names.map((name, index) => [name, expressions[index]]));
  const parsed = answer.safeParse(await deps.client.graphql(token, query, { ...repository, ...variables }));
  if (!parsed.success) throw new ProviderFailure("garbled", "GitHub's answer about two trees can't be understood");
  const found = parsed.data.repository;
  const differs = paths.find((_path, index) => found[`commit${index}`]?.oid !== found[`default${index}`]?.oid);
  return differs ?? null;
}
