import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { changeInstallation } from "../world/change-installation.ts";
import type { World } from "../world/world.ts";
import { html, page } from "./html.ts";

const formShape = z.object({ owner: z.string(), action: z.enum(["install", "uninstall"]) });

/** `/apps/{slug}/installations/new`: where owners install the app. */
export function routeInstallationPage(server: FastifyInstance, world: World): void {
  const url = `/apps/${world.app.slug}/installations/new`;

  server.get(url, async (_request, reply) => {
    const owners = [...world.people.organizations(), ...world.people.list()];
    const rows = owners.map(({ login, id }) => {
      const installed = world.installations.on(login) !== undefined;
      return html`<li><img src="/avatars/${id}.svg" width="32" height="32" alt=""><strong class="grow">${login}</strong>
<form method="post" action="${url}"><input type="hidden" name="owner" value="${login}">
${
  installed
    ? html`<button name="action" value="uninstall" aria-label="Uninstall from ${login}">Uninstall</button>`
    : html`<button class="main" name="action" value="install" aria-label="Install on ${login}">Install</button>`
}</form></li>`;
    });
    return reply.type("text/html").send(page(`Install ${world.app.name}`, html`<ul class="box">${rows}</ul>`));
  });

  server.post(url, async (request, reply) => {
    const form = formShape.safeParse(request.body);
    if (!form.success || !world.people.owner(form.data.owner))
      return reply.code(422).type("text/plain").send("Choose an owner");
    changeInstallation(world, form.data.owner, form.data.action === "install" ? "all" : null);
    return reply.redirect(url, 303);
  });
}
