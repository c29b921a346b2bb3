import type { FastifyInstance } from "fastify";
import { html } from "../../pages/html.ts";
import { hostOf } from "../host.ts";
import { amocrmPage } from "../page.ts";
import { uninstall } from "../uninstall.ts";
import type { AmocrmWorld } from "../world.ts";

/** `/settings/widgets/` on an account's host, where an integration is removed; and the way there. */
export function routeSettings(server: FastifyInstance, world: AmocrmWorld): void {
  server.get("/", async (_request, reply) => {
    const rows = world.accounts.map(
      ({ name, subdomain }) =>
        html`<li><a href="http://${subdomain}.${world.domain}/settings/widgets/">${name}</a></li>`,
    );
    return reply.type("text/html").send(amocrmPage("Accounts", html`<ul>${rows}</ul>`));
  });

  server.get("/settings/widgets/", async (request, reply) => {
    const asked = hostOf(world, request);
    if (asked.kind !== "account") return reply.code(404).send();
    const { account } = asked;
    const leads = account.leads.map(({ id, name, price }) => html`<li>${id}: ${name}, ${price}</li>`);
    const installed = world.grants.isInstalled(account.id)
      ? html`<p>${world.integration.name} is installed.</p><form method="post" action="/settings/widgets/uninstall"><button>Remove</button></form>`
      : html`<p>No integration is installed.</p>`;
    const body = html`${installed}<h2>Leads</h2><ul>${leads}</ul>`;
    return reply.type("text/html").send(amocrmPage(account.name, body));
  });

  server.post("/settings/widgets/uninstall", async (request, reply) => {
    const asked = hostOf(world, request);
    if (asked.kind !== "account") return reply.code(404).send();
    // The person does not wait for the integration to hear of it.
    void uninstall(world, asked.account.id);
    return reply.redirect("/settings/widgets/", 303);
  });
}
