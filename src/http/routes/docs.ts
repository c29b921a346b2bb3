import type { FastifyInstance } from "fastify";
import { apiPage } from "../../views/docs/api-page.ts";
import type { HttpDeps } from "../deps.ts";
import { readApiPage } from "../openapi/read-api-page.ts";
import { sendPage, viewerOf } from "../page.ts";
import { currentSession, isSignedIn } from "../session.ts";

const documentPath = "/docs/openapi.json";

/** `GET /docs`, the API's reference, for everybody; and the OpenAPI document that it is made from. */
export function docsRoutes(scope: FastifyInstance, deps: HttpDeps): void {
  let made: Promise<object> | null = null;
  // Made when somebody asks for it, from the routes themselves: no start waits for it.
  const document = () => {
    made ??= import("../openapi/api-document.ts").then(({ apiDocument }) => apiDocument());
    return made;
  };

  scope.get("/docs", async (request, reply) => {
    const session = await currentSession(deps, request);
    const viewer = isSignedIn(session) ? viewerOf(session) : null;
    return sendPage(reply, apiPage({ viewer, documentPath, ...readApiPage(await document()) }));
  });
  scope.get(documentPath, async () => document());
}
