import { accountById } from "../world/accounts.ts";
import { fullName, type PullRequest, type Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { simpleUser } from "./user-body.ts";

/** A pull request, in the fields that clients read. */
export async function pullBody(world: World, repository: Repository, pull: PullRequest) {
  const { api, web } = world.addresses;
  const name = fullName(repository);
  const url = `${api}/repos/${name}/pulls/${pull.number}`;
  const html_url = `${web}/${name}/pull/${pull.number}`;
  const side = async (branch: string) => ({
    label: `${repository.owner}:${branch}`,
    ref: branch,
    sha: (await repository.git.ref(`refs/heads/${branch}`))?.oid ?? "",
    user: simpleUser(world, world.people.owner(repository.owner) ?? pull.author),
    repo: { id: repository.id, name: repository.name, full_name: name, url: `${api}/repos/${name}` },
  });
  const created = new Date(pull.createdAt).toISOString();
  return {
    url,
    id: pull.id,
    html_url,
    diff_url: `${html_url}.diff`,
    issue_url: `${api}/repos/${name}/issues/${pull.number}`,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    body: pull.body,
    draft: pull.draft,
    user: simpleUser(world, accountById(world, pull.author.id) ?? pull.author),
    created_at: created,
    updated_at: created,
    closed_at: null,
    merged_at: null,
    merged: false,
    head: await side(pull.head),
    base: await side(pull.base),
    _links: { self: { href: url }, html: { href: html_url } },
  };
}
