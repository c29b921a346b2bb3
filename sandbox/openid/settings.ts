import type { ServerResponse } from "node:http";
import { html, page } from "../pages/html.ts";
import { livingGrants } from "./living-grants.ts";
import type { Risc } from "./risc.ts";
import { shapes } from "./shapes.ts";
import type { OpenidWorld } from "./world.ts";

export const removePath = "/settings/remove";

/** `/`: what each person has given to whom, with a button that takes it back. */
export function answerSettings(world: OpenidWorld, response: ServerResponse): void {
  const { title } = shapes[world.shape];
  const rows = livingGrants(world).map(({ sub, clientId, scopes }) => {
    const person = world.people.find((one) => one.sub === sub);
    return html`<form method="post" action="${removePath}">
<input type="hidden" name="sub" value="${sub}">
<span class="grow"><strong>${person?.name ?? sub}</strong> gave ${clientId}: <span class="soft">${scopes.join(" ")}</span></span>
<button>Remove access</button></form>`;
  });
  const body = rows.length > 0 ? html`<div class="box">${rows}</div>` : html`<p>Nobody has given anybody anything.</p>`;
  response
    .writeHead(200, { "content-type": "text/html; charset=utf-8" })
    .end(page("Connected apps", body, { brand: title }));
}

/** Takes everything back that a person gave; where a receiver of security events is known, it is told. */
export async function removeAccess(
  world: OpenidWorld,
  response: ServerResponse,
  { sub, risc }: { sub: string; risc: Risc },
): Promise<void> {
  world.store.revoke(sub, () => true);
  if (world.eventReceiver) {
    await risc.send(world.eventReceiver, await risc.sign(risc.event("tokens-revoked", { sub }))).catch(() => undefined);
  }
  response.writeHead(303, { location: "/" }).end();
}
