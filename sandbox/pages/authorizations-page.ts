import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { revokeAuthorization } from "../oauth/revoke-authorization.ts";
import type { World } from "../world/world.ts";
import { html, page } from "./html.ts";
import { readLogin } from "./login-cookie.ts";

const formShape = z.object({ login: z.string(), app: z.string().optional() });

/** `/settings/apps/authorizations`: where a person ends what each app may do for them. */
export function routeAuthorizationsPage(server: FastifyInstance, world: World): void {
  server.get<{ Querystring: { login?: string } }>("/settings/apps/authorizations", async (request, reply) => {
    const chosen = request.query.login ? world.people.byLogin(request.query.login) : readLogin(world, request);
    const shown = chosen ? [chosen] : world.people.list();
    const rows = shown.flatMap((person) => {
      const granted = world.apps.filter(({ userTokens }) => userTokens.hasGrant(person.id));
      if (granted.length === 0)
        return html`<li><span class="grow soft">${person.login} has authorized no app</span></li>`;
      return granted.map(
        ({
          app,
        }) => html`<li><span class="grow"><strong>${app.name}</strong> may act for <strong>${person.login}</strong></span>
<form method="post" action="/settings/apps/authorizations"><input type="hidden" name="login" value="${person.login}">
<input type="hidden" name="app" value="${app.slug}"><button>Revoke</button></form></li>`,
      );
    });
    const everybody = world.people
      .list()
      .map(({ login }) => html`<a href="/settings/apps/authorizations?login=${login}">${login}</a> `);
    const body = html`<ul class="box">${rows}</ul><p class="soft">Settings of: ${everybody}</p>`;
    return reply.type("text/html").send(page("Authorized GitHub Apps", body));
  });

  server.post("/settings/apps/authorizations", async (request, reply) => {
    const form = formShape.safeParse(request.body);
    const person = form.success ? world.people.byLogin(form.data.login) : undefined;
    const slug = form.data?.app ?? world.app.slug;
    const ended = world.apps.find(({ app }) => app.slug === slug);
    // The person does not wait for the app to hear of it.
    if (person && ended) void revokeAuthorization(ended, person.id, { deliver: true });
    return reply.redirect(`/settings/apps/authorizations?login=${person?.login ?? ""}`, 303);
  });
}
