import type { FastifyInstance } from "fastify";
import type { World } from "../world/world.ts";
import { html } from "./html.ts";

/** `/avatars/{id}.svg`: a coloured square with a letter. */
export function routeAvatars(server: FastifyInstance, world: World): void {
  server.get<{ Params: { file: string } }>("/avatars/:file", async (request, reply) => {
    const id = Number.parseInt(request.params.file, 10) || 0;
    const name =
      world.people.byId(id)?.login ?? world.people.organizations().find((one) => one.id === id)?.login ?? "?";
    const picture = html`<svg xmlns="http://www.w3.org/2000/svg" width="80" height="80" viewBox="0 0 80 80">
<rect width="80" height="80" fill="hsl(${id % 360} 55% 45%)"/>
<text x="40" y="54" font-family="sans-serif" font-size="40" fill="#fff" text-anchor="middle">${name.charAt(0).toUpperCase()}</text>
</svg>`;
    return reply.type("image/svg+xml").send(picture.text);
  });
}
