import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeCommit } from "../commits/write-commit.ts";
import { createRepository } from "../git/create-repository.ts";
import { changeCoverage } from "./change-installation.ts";
import type { Permission, Repository, RepositoryOptions } from "./repositories.ts";
import type { World } from "./world.ts";

/** Makes a repository: empty, with first files, or as a bare clone of a local one. */
export async function addRepository(
  world: World,
  fullName: string,
  options: RepositoryOptions & { from?: string } = {},
): Promise<void> {
  const [owner = "", name = "", ...more] = fullName.split("/");
  if (!/^(?!\.+$)[\w.-]+$/.test(name) || more.length > 0)
    throw new Error(`${fullName} is not a repository's full name`);
  const account = world.people.owner(owner);
  if (!account) throw new Error(`there is no ${owner} in the sandbox`);
  if (world.repositories.byFullName(fullName)) throw new Error(`${fullName} exists already`);
  const id = world.repositories.nextId();
  const path = join(world.dataDir, `${id}.git`);
  const git = await createRepository(path, options.defaultBranch ?? "main", options.from);
  const repository: Repository = {
    id,
    owner: account.login,
    name,
    formerNames: [],
    private: options.private ?? false,
    archived: options.archived ?? false,
    defaultBranch: options.defaultBranch ?? (await currentBranch(path)),
    protectedBranches: options.protectedBranches ?? [],
    collaborators: readCollaborators(world, options.collaborators),
    createdAt: Date.now(),
    pushedAt: Date.now(),
    pullRequests: [],
    comments: [],
    git,
  };
  if (options.files) await firstCommit(world, repository, options.files);
  world.repositories.add(repository);
  if (options.installed !== undefined) changeCoverage(world, fullName, options.installed);
}

/** Permissions by the people's ids. */
export function readCollaborators(
  world: World,
  collaborators: Record<string, Permission> = {},
): Map<number, Permission> {
  return new Map(Object.entries(collaborators).map(([login, permission]) => [world.people.get(login).id, permission]));
}

async function firstCommit(world: World, repository: Repository, contents: Record<string, string>) {
  const files = new Map(Object.entries(contents).map(([path, text]) => [path, { content: Buffer.from(text) }]));
  const author = { name: "Sandbox", email: "sandbox@example.com", time: Math.floor(Date.now() / 1000), zone: "+0000" };
  const who = { author, committer: author, signed: false };
  const oid = await writeCommit(world, repository, null, { files, message: "First commit\n" }, who);
  await repository.git.moveRef(`refs/heads/${repository.defaultBranch}`, oid, null);
}

async function currentBranch(path: string) {
  const head = await readFile(join(path, "HEAD"), "utf8");
  return /^ref: refs\/heads\/(.+)$/m.exec(head)?.[1] ?? "main";
}
