import type { BareRepository } from "./bare-repository.ts";
import { isObjectId, isRefName } from "./ref-name.ts";

/** The commit that a branch's or tag's name, a full ref or an id stands for. */
export async function resolveCommit(git: BareRepository, name: string): Promise<string | null> {
  if (isObjectId(name)) return (await git.commit(name)) ? name : null;
  const names = [name, `refs/${name}`, `refs/heads/${name}`, `refs/tags/${name}`];
  for (const candidate of names.filter(isRefName)) {
    const ref = await git.ref(candidate);
    if (ref) return peel(git, ref.oid);
  }
  return null;
}

/** The object that an expression such as `main`, `main:src/index.html` or an id stands for. */
export async function resolveRevision(git: BareRepository, expression: string): Promise<string | null> {
  const [revision = "", ...rest] = expression.split(":");
  if (rest.length === 0 && isObjectId(revision)) return revision;
  const oid = await resolveCommit(git, revision);
  const commit = oid && (await git.commit(oid));
  if (!commit) return null;
  if (rest.length === 0) return oid;
  return (await git.entry(commit.tree, rest.join(":")))?.oid ?? null;
}

async function peel(git: BareRepository, oid: string) {
  const object = await git.object(oid);
  if (object?.type === "commit") return oid;
  return /^object ([0-9a-f]{40})\ntype commit\n/.exec(object?.content.toString() ?? "")?.[1] ?? null;
}
