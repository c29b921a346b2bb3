import { branchName, isObjectId, isRefName } from "../git/ref-name.ts";
import type { Actor } from "../http/caller.ts";
import { unprocessable } from "../http/rest-error.ts";
import { announcePush } from "../webhooks/push-payload.ts";
import type { Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { protectionFault } from "./protection.ts";

const NONE = "0".repeat(40);

/** Makes a ref. The caller's right to write was checked before. */
export async function createRef(
  world: World,
  actor: Actor,
  repository: Repository,
  name: string,
  oid: string,
): Promise<void> {
  if (!isRefName(name)) throw unprocessable(`${name} is not a valid ref name.`);
  if (!isObjectId(oid) || !(await repository.git.object(oid))) throw unprocessable("Object does not exist");
  if (await repository.git.ref(name)) throw unprocessable("Reference already exists");
  if (!(await repository.git.moveRef(name, oid, null))) throw unprocessable("Reference update failed");
  await announcePush(world, repository, actor, { ref: name, before: NONE, after: oid });
}

/** Moves a ref, without force only forwards. */
export async function updateRef(
  world: World,
  actor: Actor,
  repository: Repository,
  name: string,
  { to, force }: { to: string; force: boolean },
): Promise<void> {
  const ref = await repository.git.ref(name);
  if (!ref) throw unprocessable("Reference does not exist");
  if (!(await repository.git.object(to))) throw unprocessable("Object does not exist");
  const violation = protectionFault(world, repository, branchName(name) ?? "");
  if (violation) throw unprocessable(violation);
  if (!force && !(await repository.git.isAncestor(ref.oid, to))) throw unprocessable("Update is not a fast forward");
  if (!(await repository.git.moveRef(name, to, ref.oid))) throw unprocessable("Reference cannot be updated");
  await announcePush(world, repository, actor, { ref: name, before: ref.oid, after: to });
}

/** Deletes a ref; never the default branch. */
export async function deleteRef(world: World, actor: Actor, repository: Repository, name: string): Promise<void> {
  const ref = await repository.git.ref(name);
  if (!ref) throw unprocessable("Reference does not exist");
  const branch = branchName(name);
  if (branch === repository.defaultBranch) throw unprocessable("Cannot delete the default branch");
  // A ruleset that asks for pull requests says nothing about deletions; classic protection forbids them.
  if (!world.switches.rulesets && repository.protectedBranches.includes(branch ?? ""))
    throw unprocessable("Cannot delete a protected branch");
  if (!(await repository.git.deleteRef(name, ref.oid))) throw unprocessable("Reference update failed");
  await announcePush(world, repository, actor, { ref: name, before: ref.oid, after: NONE });
}
