import { isoTime, type ParsedCommit, type Signature } from "../git/commit-object.ts";
import { isSignedByGitHub } from "../git/is-signed-by-github.ts";
import { isFolder, parseTree, type TreeEntry } from "../git/tree.ts";
import type { Actor } from "../http/caller.ts";
import { fullName, type Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { personField } from "./actor-fields.ts";
import { type CommitHistoryArguments, historyField } from "./commit-history-field.ts";
import { nodeId } from "./node-id.ts";
import { repositoryField } from "./repository-fields.ts";

/** A `Commit`, or null. */
export async function commitField(
  world: World,
  actor: Actor,
  repository: Repository,
  oid: string,
): Promise<object | null> {
  const commit = await repository.git.commit(oid);
  return commit && describe(world, actor, repository, oid, commit);
}

/** Any `GitObject` by its id. */
export async function objectField(
  world: World,
  actor: Actor,
  repository: Repository,
  oid: string,
): Promise<object | null> {
  const found = await repository.git.object(oid);
  if (!found) return null;
  if (found.type === "commit") return commitField(world, actor, repository, oid);
  const common = { ...gitObject(world, actor, repository, oid) };
  if (found.type === "blob") {
    const isBinary = found.content.includes(0);
    const text = isBinary ? null : found.content.toString();
    return {
      __typename: "Blob",
      id: nodeId("blob", `${repository.id}:${oid}`),
      ...common,
      byteSize: found.content.length,
      isBinary,
      isTruncated: false,
      text,
    };
  }
  if (found.type !== "tree") return { __typename: "Tag", id: nodeId("blob", `${repository.id}:${oid}`), ...common };
  const entries = parseTree(found.content).map((entry) => entryField(world, actor, repository, entry, entry.name));
  return { __typename: "Tree", id: nodeId("tree", `${repository.id}:${oid}`), ...common, entries };
}

/** The `TreeEntry` at a path of a commit's tree, or null. */
async function fileField(world: World, actor: Actor, repository: Repository, tree: string, path: string) {
  const entry = await repository.git.entry(tree, path);
  return entry && entryField(world, actor, repository, entry, path);
}

function entryField(world: World, actor: Actor, repository: Repository, entry: TreeEntry, path: string) {
  const object = () => objectField(world, actor, repository, entry.oid);
  return {
    __typename: "TreeEntry",
    name: entry.name,
    path,
    mode: Number.parseInt(entry.mode, 8),
    oid: entry.oid,
    type: isFolder(entry) ? "tree" : entry.mode === "160000" ? "commit" : "blob",
    isGenerated: false,
    size: async () => (await repository.git.object(entry.oid))?.content.length ?? 0,
    object,
    repository: () => repositoryField(world, actor, repository),
  };
}

function describe(world: World, actor: Actor, repository: Repository, oid: string, commit: ParsedCommit) {
  const [headline = "", ...rest] = commit.message.split("\n");
  const path = `/${fullName(repository)}/commit/${oid}`;
  const parents = async () => {
    const nodes = await Promise.all(commit.parents.map((parent) => commitField(world, actor, repository, parent)));
    return { totalCount: nodes.length, nodes };
  };
  return {
    __typename: "Commit",
    id: nodeId("commit", `${repository.id}:${oid}`),
    ...gitObject(world, actor, repository, oid),
    url: world.addresses.web + path,
    resourcePath: path,
    message: commit.message,
    messageHeadline: headline,
    messageBody: rest.join("\n").trim(),
    author: gitActor(world, commit.author),
    committer: gitActor(world, commit.committer),
    authoredDate: isoTime(commit.author),
    committedDate: isoTime(commit.committer),
    authoredByCommitter: commit.author.email === commit.committer.email,
    committedViaWeb: isSignedByGitHub(world.signingKey, commit),
    signature: signatureField(world, commit),
    parents,
    // Nothing is checked here.
    statusCheckRollup: null,
    status: null,
    tree: () => objectField(world, actor, repository, commit.tree),
    file: ({ path }: { path: string }) => fileField(world, actor, repository, commit.tree, path),
    history: (wish: CommitHistoryArguments) => historyField(world, actor, repository, oid, wish),
  };
}

function gitObject(world: World, actor: Actor, repository: Repository, oid: string) {
  const path = `/${fullName(repository)}/commit/${oid}`;
  return {
    oid,
    abbreviatedOid: oid.slice(0, 7),
    commitUrl: world.addresses.web + path,
    commitResourcePath: path,
    repository: () => repositoryField(world, actor, repository),
  };
}

function gitActor(world: World, signature: Signature) {
  const person = world.people.byEmail(signature.email);
  return {
    name: signature.name,
    email: signature.email,
    date: isoTime(signature),
    user: person ? personField(world, person) : null,
    avatarUrl: `${world.addresses.web}/avatars/${person?.id ?? 0}.svg`,
  };
}

function signatureField(world: World, commit: ParsedCommit) {
  if (commit.signature === null) return null;
  const valid = isSignedByGitHub(world.signingKey, commit);
  return {
    __typename: commit.signature.includes("SSH SIGNATURE") ? "SshSignature" : "GpgSignature",
    email: commit.committer.email,
    isValid: valid,
    state: valid ? "VALID" : "UNKNOWN_KEY",
    wasSignedByGitHub: valid,
    payload: commit.payload,
    signature: commit.signature,
    signer: null,
    verifiedAt: valid ? isoTime(commit.committer) : null,
    keyFingerprint: valid ? world.signingKey.fingerprint : null,
    keyId: null,
  };
}
