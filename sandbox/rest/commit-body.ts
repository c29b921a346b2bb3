import type { components } from "@octokit/openapi-types";
import { isoTime, type ParsedCommit, type Signature } from "../git/commit-object.ts";
import { isSignedByGitHub } from "../git/is-signed-by-github.ts";
import { nodeId } from "../graphql/node-id.ts";
import { accountByEmail } from "../world/accounts.ts";
import { fullName, type Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { simpleUser } from "./user-body.ts";

type Schemas = components["schemas"];

/** A commit as `/git/commits` shows it: the object itself. */
export function gitCommitBody(
  world: World,
  repository: Repository,
  oid: string,
  commit: ParsedCommit,
): Schemas["git-commit"] {
  const { api, web } = world.addresses;
  const name = fullName(repository);
  const url = `${api}/repos/${name}/git`;
  return {
    sha: oid,
    node_id: nodeId("commit", `${repository.id}:${oid}`),
    url: `${url}/commits/${oid}`,
    html_url: `${web}/${name}/commit/${oid}`,
    author: who(commit.author),
    committer: who(commit.committer),
    message: commit.message,
    tree: { sha: commit.tree, url: `${url}/trees/${commit.tree}` },
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/commits/${sha}`,
      html_url: `${web}/${name}/commit/${sha}`,
    })),
    verification: verification(world, commit),
  };
}

/** A commit as `/commits` shows it: with the people behind the addresses. */
export function commitBody(world: World, repository: Repository, oid: string, commit: ParsedCommit): Schemas["commit"] {
  const { sha, node_id, html_url, ...object } = gitCommitBody(world, repository, oid, commit);
  const url = `${world.addresses.api}/repos/${fullName(repository)}/commits/${oid}`;
  const account = (email: string) => {
    const found = accountByEmail(world, email);
    return found && simpleUser(world, found);
  };
  return {
    sha,
    node_id,
    html_url,
    url,
    comments_url: `${url}/comments`,
    commit: { ...object, comment_count: 0 },
    author: account(commit.author.email),
    committer: account(commit.committer.email),
    parents: object.parents,
  };
}

function who(signature: Signature) {
  return { name: signature.name, email: signature.email, date: isoTime(signature) };
}

function verification(world: World, commit: ParsedCommit): Schemas["git-commit"]["verification"] {
  const verified = isSignedByGitHub(world.signingKey, commit);
  const unverified = commit.signature === null ? "unsigned" : "unknown_key";
  return {
    verified,
    reason: verified ? "valid" : unverified,
    signature: commit.signature,
    payload: commit.signature === null ? null : commit.payload,
    verified_at: verified ? isoTime(commit.committer) : null,
  };
}
