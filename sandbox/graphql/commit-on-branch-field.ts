import type { CreateCommitOnBranchInput } from "@octokit/graphql-schema";
import { conflictingPath, decodeBase64, isWorkflow, pathFault } from "../commits/path-rules.ts";
import { protectionFault } from "../commits/protection.ts";
import { authorOf, type FileChanges, webFlow, writeCommit } from "../commits/write-commit.ts";
import { MissingPath } from "../git/change-tree.ts";
import type { Actor } from "../http/caller.ts";
import { announcePush } from "../webhooks/push-payload.ts";
import { grantedPermissions } from "../world/access.ts";
import type { Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { commitField } from "./commit-fields.ts";
import { GraphqlFault } from "./graphql-fault.ts";
import { readNodeId } from "./node-id.ts";
import { refField } from "./ref-fields.ts";
import { repositoryById, repositoryByName } from "./repository-fields.ts";
import { requireWrite } from "./write-access.ts";

/** `createCommitOnBranch`: a commit by the caller, made and signed by GitHub, if the branch is where it was expected. */
export function commitOnBranchField(world: World, actor: Actor) {
  return async ({ input }: { input: CreateCommitOnBranchInput }): Promise<object> => {
    const { repository, ref } = findBranch(world, actor, input.branch);
    requireWrite(world, actor, repository, "CreateCommitOnBranch");
    const branch = ref.slice("refs/heads/".length);
    const head = await repository.git.ref(ref);
    if (!head) throw new GraphqlFault("NOT_FOUND", `Could not resolve to a Branch with the name '${branch}'.`);
    const violation = protectionFault(world, repository, branch);
    if (violation)
      throw new GraphqlFault(world.switches.rulesets ? "UNPROCESSABLE" : "BRANCH_PROTECTION_RULE_VIOLATION", violation);
    const expected: string = input.expectedHeadOid;
    if (head.oid !== expected) throw stale(expected);
    const { workflows } = grantedPermissions(world, actor, repository);
    const change = readChange(input, workflows === "write");
    const author = authorOf(world, actor);
    const who = { author, committer: webFlow(author), signed: true };
    const oid = await writeCommit(world, repository, head.oid, change, who).catch((error: unknown) => {
      if (!(error instanceof MissingPath)) throw error;
      const words = `A path was requested for deletion which does not exist as of commit oid \`${head.oid}\``;
      throw new GraphqlFault("UNPROCESSABLE", words);
    });
    if (!world.switches.emptyCommits && (await changesNothing(repository, head.oid, oid))) {
      throw new GraphqlFault("UNPROCESSABLE", "No changes were made to the branch.");
    }
    if (!(await repository.git.moveRef(ref, oid, head.oid))) throw stale(expected);
    await announcePush(world, repository, actor, { ref, before: head.oid, after: oid });
    return {
      clientMutationId: input.clientMutationId ?? null,
      commit: () => commitField(world, actor, repository, oid),
      ref: () => refField(world, actor, repository, ref),
    };
  };
}

async function changesNothing(repository: Repository, before: string, after: string): Promise<boolean> {
  const [old, made] = await Promise.all([repository.git.commit(before), repository.git.commit(after)]);
  return old?.tree === made?.tree;
}

function stale(expected: string) {
  return new GraphqlFault(
    "STALE_DATA",
    `Expected branch to point to "${expected}" but it did not. Pull and try again.`,
  );
}

function findBranch(
  world: World,
  actor: Actor,
  branch: CreateCommitOnBranchInput["branch"],
): { repository: Repository; ref: string } {
  if (branch.id) {
    const found = readNodeId(branch.id);
    const [id = "", ref = ""] = found?.kind === "ref" ? found.key.split(/:(.*)/s) : [];
    const repository = repositoryById(world, actor, Number(id));
    if (repository && ref.startsWith("refs/heads/")) return { repository, ref };
    throw new GraphqlFault("NOT_FOUND", `Could not resolve to a node with the global id of '${branch.id}'`);
  }
  if (!branch.repositoryNameWithOwner || !branch.branchName) {
    throw new GraphqlFault("ARGUMENT_ERROR", "A branch needs an id, or a repositoryNameWithOwner and a branchName");
  }
  const repository = repositoryByName(world, actor, branch.repositoryNameWithOwner);
  return { repository, ref: `refs/heads/${branch.branchName.replace(/^refs\/heads\//, "")}` };
}

function readChange({ message, fileChanges }: CreateCommitOnBranchInput, mayChangeWorkflows: boolean): FileChanges {
  const additions = fileChanges?.additions ?? [];
  const deletions = fileChanges?.deletions ?? [];
  const added = additions.map(({ path }) => path);
  const deleted = deletions.map(({ path }) => path);
  for (const path of [...added, ...deleted]) {
    const fault = pathFault(path);
    if (fault) throw new GraphqlFault("UNPROCESSABLE", fault);
    if (isWorkflow(path) && !mayChangeWorkflows) {
      throw new GraphqlFault("FORBIDDEN", "Resource not accessible by integration");
    }
  }
  const twice = conflictingPath(added, deleted);
  if (twice !== null) throw new GraphqlFault("UNPROCESSABLE", `The path \`${twice}\` was specified more than once`);
  const files: FileChanges["files"] = new Map();
  for (const { path, contents } of additions) {
    const content = decodeBase64(String(contents));
    if (!content) throw new GraphqlFault("UNPROCESSABLE", `The contents of \`${path}\` are not padded base64`);
    files.set(path, { content });
  }
  for (const path of deleted) files.set(path, null);
  const body = message.body ? `\n\n${message.body}` : "";
  return { files, message: `${message.headline}${body}` };
}
