import swagger from "@fastify/swagger";
import Fastify from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import type { ScopeDeps } from "../deps.ts";
import { healthRoutes } from "../routes/health.ts";
import { apiScope } from "../scopes/api.ts";
import { describeRoute } from "./describe-route.ts";
import { optionalBodies } from "./optional-bodies.ts";
import { problemComponent } from "./problem-answers.ts";
import { areas, introduction, securitySchemes } from "./words.ts";

/**
 * The OpenAPI document of `/api/v1`, made from the routes themselves: their zod schemas are those that validate and
 * serialise. Needs neither configuration nor database, since no route is ever called.
 */
export async function apiDocument(): Promise<object> {
  const server = Fastify();
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  await server.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "onbehalf", version: "1", description: introduction, license: { name: "MIT", identifier: "MIT" } },
      servers: [{ url: "/", description: "PUBLIC_URL of this onbehalf" }],
      tags: [...areas],
      components: { securitySchemes },
    },
    transform: describeRoute,
    transformObject: optionalBodies,
  });
  await server.register(async (scope) => {
    apiScope(scope, neverUsed());
    healthRoutes(scope, neverUsed());
  });
  await server.ready();
  const document = server.swagger();
  const components = "components" in document ? document.components : {};
  return { ...document, components: { ...components, schemas: { Problem: problemComponent } } };
}

/** Routes take what they need when they are called, and here they are only looked at. */
function neverUsed(): ScopeDeps {
  return new Proxy(Object.create(null), {
    get(_target, name) {
      throw new Error(`a route uses ${String(name)} before it is called: then it can't be described`);
    },
  });
}
