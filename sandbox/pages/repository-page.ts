import type { FastifyInstance, FastifyRequest } from "fastify";
import { isoTime } from "../git/commit-object.ts";
import { isSignedByGitHub } from "../git/is-signed-by-github.ts";
import { personPermission } from "../world/access.ts";
import { fullName, type Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { html, page } from "./html.ts";
import { readLogin } from "./login-cookie.ts";

const RECENT = 20;

/** The repository, if this browser may look at it. */
export function visibleRepository(
  world: World,
  request: FastifyRequest,
  owner: string,
  name: string,
): Repository | null {
  const repository = world.repositories.find(owner, name);
  if (!repository?.private) return repository ?? null;
  const person = readLogin(world, request);
  return person && personPermission(world, person, repository) !== "none" ? repository : null;
}

/** `/{owner}/{repo}`: where to clone it from, its branches and recent commits. */
export function routeRepositoryPage(server: FastifyInstance, world: World): void {
  server.get<{ Params: { owner: string; repo: string } }>("/:owner/:repo", async (request, reply) => {
    const repository = visibleRepository(world, request, request.params.owner, request.params.repo);
    if (!repository)
      return reply.code(404).type("text/html").send(page("Not Found", html`<p>There is nothing here.</p>`));
    const { git } = repository;
    const branches = await git.refs("refs/heads/");
    const head = branches.find((ref) => ref.name === `refs/heads/${repository.defaultBranch}`);
    const oids = head ? await git.history(head.oid, { limit: RECENT }) : [];
    const commits = await Promise.all(oids.map(async (oid) => ({ oid, commit: await git.commit(oid) })));
    const name = fullName(repository);
    const body = html`
<p>Clone with <code>git clone ${world.addresses.web}/${name}.git</code></p>
<p class="soft">Branches: ${branches.map((ref) => ref.name.slice("refs/heads/".length)).join(", ") || "none yet"}</p>
<h2>Commits on ${repository.defaultBranch}</h2>
<ul class="box">${commits.flatMap(({ oid, commit }) =>
      commit
        ? [
            html`<li><span class="grow"><a href="/${name}/commit/${oid}">${commit.message.split("\n")[0] ?? ""}</a><br>
<span class="soft">${commit.author.name} · ${isoTime(commit.author)}</span></span>
${isSignedByGitHub(world.signingKey, commit) && html`<span class="ok">Verified</span>`}<code>${oid.slice(0, 7)}</code></li>`,
          ]
        : [],
    )}</ul>`;
    return reply.type("text/html").send(page(name, body));
  });
}
