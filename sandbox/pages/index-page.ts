import type { FastifyInstance } from "fastify";
import { fullName, type Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { html, page } from "./html.ts";

/** `/`: who and what there is. */
export function routeIndexPage(server: FastifyInstance, world: World): void {
  server.get("/", async (_request, reply) => {
    const people = world.people.list().map(
      (person) => html`<li><img src="/avatars/${person.id}.svg" width="32" height="32" alt="">
<span class="grow"><strong>${person.login}</strong> <span class="soft">${person.name}</span></span>
<span class="soft">${person.suspended ? "suspended" : person.emailPrivate ? "e-mail private" : person.email}</span></li>`,
    );
    const repositories = world.repositories.list().map((repository) => {
      const name = fullName(repository);
      const marks = [repository.private ? "private" : "public", repository.archived ? "archived" : ""].filter(Boolean);
      return html`<li><span class="grow"><a href="/${name}">${name}</a> <span class="soft">${marks.join(", ")}</span></span>
<span class="soft">${installed(world, repository)}</span></li>`;
    });
    const body = html`
<p class="soft">A GitHub for demo and tests. Everybody here is made up; the repositories are real.</p>
<h2>People</h2><ul class="box">${people}</ul>
<h2>Repositories</h2><ul class="box">${repositories}</ul>
<p><a href="/settings/apps/authorizations">Authorized apps</a>${world.apps
      .filter(({ registration }) => registration.registered)
      .map(({ app }) => html` · <a href="/apps/${app.slug}/installations/new">Install ${app.name}</a>`)}</p>`;
    return reply.type("text/html").send(page("Sandbox GitHub", body));
  });
}

/** "onbehalf, onbehalf lite installed" */
function installed(world: World, repository: Repository): string {
  const names = world.apps.filter(({ installations }) => installations.covers(repository)).map(({ app }) => app.name);
  return names.length > 0 ? `${names.join(", ")} installed` : "";
}
