import type { FastifyInstance } from "fastify";
import { isoTime, type Signature } from "../git/commit-object.ts";
import { isSignedByGitHub } from "../git/is-signed-by-github.ts";
import { mustGit } from "../git/run-git.ts";
import { fullName } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { type Html, html, page } from "./html.ts";
import { visibleRepository } from "./repository-page.ts";

const LONGEST_DIFF = 200_000;

/** `/{owner}/{repo}/commit/{sha}`: whose name it carries, and what it changes. */
export function routeCommitPage(server: FastifyInstance, world: World): void {
  server.get<{ Params: { owner: string; repo: string; sha: string } }>(
    "/:owner/:repo/commit/:sha",
    async (request, reply) => {
      const { owner, repo, sha } = request.params;
      const repository = visibleRepository(world, request, owner, repo);
      const commit = repository && (await repository.git.commit(sha));
      if (!commit)
        return reply.code(404).type("text/html").send(page("Not Found", html`<p>There is no such commit.</p>`));
      const verified = isSignedByGitHub(world.signingKey, commit);
      const name = fullName(repository);
      const args = [
        "--git-dir",
        repository.git.path,
        "diff-tree",
        "--root",
        "--patch",
        "--stat",
        "--no-commit-id",
        sha,
        "--",
      ];
      const diff = (await mustGit(args)).slice(0, LONGEST_DIFF);
      const [headline = "", ...rest] = commit.message.split("\n");
      const body = html`
<p><a href="/${name}">${name}</a> ${verified ? html`<span class="ok">Verified</span>` : html`<span class="soft">Unverified</span>`}</p>
${rest.join("\n").trim() !== "" && html`<pre>${rest.join("\n").trim()}</pre>`}
<dl>
<dt>Author</dt><dd>${who(world, commit.author)}</dd>
<dt>Committer</dt><dd>${who(world, commit.committer)}</dd>
<dt>Commit</dt><dd><code>${sha}</code></dd>
<dt>Parents</dt><dd>${commit.parents.map((parent) => html`<a href="/${name}/commit/${parent}"><code>${parent}</code></a> `)}</dd>
</dl>
<pre>${diff}</pre>`;
      return reply.type("text/html").send(page(headline, body));
    },
  );
}

function who(world: World, signature: Signature): Html {
  const person = world.people.byEmail(signature.email);
  return html`${signature.name} &lt;${signature.email}&gt; ${person ? html`<strong>@${person.login}</strong>` : null}
<span class="soft">${isoTime(signature)}</span>`;
}
