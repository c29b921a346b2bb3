import type { components } from "@octokit/openapi-types";
import type { FastifyInstance } from "fastify";
import { appBody } from "../app-auth/app-body.ts";
import { notFound } from "../http/rest-error.ts";
import { registerApp } from "../world/register-app.ts";
import type { World } from "../world/world.ts";

type Conversion = components["schemas"]["integration"] & {
  client_id: string;
  client_secret: string;
  webhook_secret: string | null;
  pem: string;
};

/** `POST /app-manifests/{code}/conversions`: the keys of a new app, once. The sandbox's app is that app from here on. */
export function routeConversions(server: FastifyInstance, world: World): void {
  server.post<{ Params: { code: string } }>("/app-manifests/:code/conversions", async (request, reply) => {
    const registration = world.registrations.take(request.params.code);
    if (!registration) throw notFound();
    registerApp(world, registration);
    const { app } = world;
    const body: Conversion = {
      ...appBody(world),
      client_secret: app.clientSecret,
      webhook_secret: registration.manifest.hook_attributes ? app.webhookSecret : null,
      pem: app.privateKey,
    };
    return reply.code(201).send(body);
  });
}
