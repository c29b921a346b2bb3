import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { html } from "../../pages/html.ts";
import { hostOf } from "../host.ts";
import { amocrmPage } from "../page.ts";
import type { AmocrmWorld } from "../world.ts";

const asked = z.object({
  client_id: z.string(),
  state: z.string().max(2000).optional(),
  mode: z.enum(["popup", "post_message"]).optional(),
});
const answered = asked.extend({ who: z.string().default(""), action: z.string().default("cancel") });

/** `/oauth` on the www host: who, in which account, and whether the integration may. */
export function routeAuthorize(server: FastifyInstance, world: AmocrmWorld): void {
  server.get("/oauth", async (request, reply) => {
    const query = asked.safeParse(request.query);
    if (hostOf(world, request).kind !== "www" || !query.success || !knows(world, query.data.client_id)) {
      return lost(reply);
    }
    const { client_id, state } = query.data;
    const choices = world.accounts.flatMap(({ id, name, subdomain, users }) =>
      users.map(
        (user) => html`<label><input type="radio" name="who" value="${id}:${user.id}" required> ${user.name}
in ${name} (${subdomain})</label><br>`,
      ),
    );
    const body = html`<p><strong>${world.integration.name}</strong> asks for access to an account.</p>
<form method="post" action="/oauth/answer">
<input type="hidden" name="client_id" value="${client_id}">
${state === undefined ? null : html`<input type="hidden" name="state" value="${state}">`}
<fieldset><legend>Who are you?</legend>${choices}</fieldset>
<p><button name="action" value="allow">Allow</button> <button name="action" value="cancel" formnovalidate>Refuse</button></p>
</form>`;
    return reply.type("text/html").send(amocrmPage("Access to an account", body));
  });

  server.post("/oauth/answer", async (request, reply) => {
    const form = answered.safeParse(request.body);
    if (hostOf(world, request).kind !== "www" || !form.success || !knows(world, form.data.client_id)) {
      return lost(reply);
    }
    const { who, state, action } = form.data;
    const stated: Record<string, string> = state === undefined ? {} : { state };
    if (action !== "allow") return reply.redirect(callback(world, { error: "access_denied", ...stated }), 302);
    const [accountId, userId] = who.split(":").map(Number);
    const account = world.accounts.find(({ id }) => id === accountId);
    if (!account?.users.some(({ id }) => id === userId)) return lost(reply);
    const code = world.grants.issueCode({ accountId: account.id, userId: Number(userId) });
    return reply.redirect(grantedCallback(world, account.subdomain, { code, ...stated }), 302);
  });
}

/** The address that a grant is told at: with the account's host, and for a widget's install without a state. */
export function grantedCallback(world: AmocrmWorld, subdomain: string, query: Record<string, string>): string {
  const { clientId } = world.integration;
  return callback(world, { ...query, referer: `${subdomain}.${world.domain}`, client_id: clientId });
}

function callback(world: AmocrmWorld, query: Record<string, string>): string {
  const url = new URL(world.integration.callbackUrl ?? "http://nowhere.invalid");
  url.search = new URLSearchParams(query).toString();
  return url.href;
}

function knows({ integration }: AmocrmWorld, clientId: string): boolean {
  return clientId === integration.clientId && integration.callbackUrl !== null;
}

function lost(reply: FastifyReply): FastifyReply {
  const body = html`<p>There is no integration with that id here, or the request can't be read.</p>`;
  return reply.code(404).type("text/html").send(amocrmPage("Not found", body));
}
