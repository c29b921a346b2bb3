import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { changeInstallation } from "../world/change-installation.ts";
import { mayInstallOn } from "../world/register-app.ts";
import type { World } from "../world/world.ts";
import { html, page } from "./html.ts";

const formShape = z.object({ owner: z.string(), action: z.enum(["install", "uninstall"]) });
type Params = { Params: { slug: string } };

/** `/apps/{slug}/installations/new`: where owners install the app. */
export function routeInstallationPage(server: FastifyInstance, home: World): void {
  const path = "/apps/:slug/installations/new";
  const named = (slug: string) =>
    home.apps.find(({ app, registration }) => registration.registered && slug === app.slug);

  server.get<Params>(path, async (request, reply) => {
    const world = named(request.params.slug);
    if (!world) return lost(reply);
    const owners = [...world.people.organizations(), ...world.people.list()];
    const rows = owners
      .filter((owner) => mayInstallOn(world, owner))
      .map(({ login, id }) => {
        const installed = world.installations.on(login) !== undefined;
        return html`<li><img src="/avatars/${id}.svg" width="32" height="32" alt=""><strong class="grow">${login}</strong>
<form method="post" action="${address(world)}"><input type="hidden" name="owner" value="${login}">
${
  installed
    ? html`<button name="action" value="uninstall" aria-label="Uninstall from ${login}">Uninstall</button>`
    : html`<button class="main" name="action" value="install" aria-label="Install on ${login}">Install</button>`
}</form></li>`;
      });
    return reply.type("text/html").send(page(`Install ${world.app.name}`, html`<ul class="box">${rows}</ul>`));
  });

  server.post<Params>(path, async (request, reply) => {
    const world = named(request.params.slug);
    if (!world) return lost(reply);
    const form = formShape.safeParse(request.body);
    const owner = form.success ? world.people.owner(form.data.owner) : undefined;
    if (!form.success || !owner) return reply.code(422).type("text/plain").send("Choose an owner");
    if (!mayInstallOn(world, owner)) return lost(reply);
    const install = form.data.action === "install";
    changeInstallation(world, form.data.owner, install ? "all" : null);
    const installation = world.installations.on(owner.login);
    const { setupUrl } = world.registration;
    if (!install || !installation || setupUrl === null) return reply.redirect(address(world), 303);
    const back = new URL(setupUrl);
    back.searchParams.set("installation_id", String(installation.id));
    back.searchParams.set("setup_action", "install");
    return reply.redirect(back.href, 303);
  });
}

function address(world: World): string {
  return `/apps/${world.app.slug}/installations/new`;
}

function lost(reply: FastifyReply) {
  return reply
    .code(404)
    .type("text/html")
    .send(page("Not Found", html`<p>There is nothing here for you.</p>`, { narrow: true }));
}
