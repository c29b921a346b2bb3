import type { FastifyInstance } from "fastify";
import type { World } from "../world/world.ts";
import { html, page } from "./html.ts";

/** `/orgs/{org}/sso`: where the link of `X-GitHub-SSO` leads. A press lets everybody's tokens pass. */
export function routeSsoPage(server: FastifyInstance, world: World): void {
  server.get<{ Params: { org: string } }>("/orgs/:org/sso", async (request, reply) => {
    const { org } = request.params;
    const body = html`<p>${org} asks for single sign-on before an app may reach its repositories.</p>
<form method="post"><button class="main">Continue</button></form>`;
    return reply.type("text/html").send(page(`Single sign-on to ${org}`, body, { narrow: true }));
  });

  server.post<{ Params: { org: string } }>("/orgs/:org/sso", async (request, reply) => {
    const org = request.params.org.toLowerCase();
    world.switches.samlOrganizations = world.switches.samlOrganizations.filter((login) => login.toLowerCase() !== org);
    return reply.redirect("/", 303);
  });
}
