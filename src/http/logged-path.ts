import type { FastifyRequest } from "fastify";

/** A request's path as the log may have it: without its query, which may hold a code, and without a link's secret. */
export function loggedPath(request: FastifyRequest): string {
  const route = request.routeOptions.url ?? "";
  if (route.startsWith("/connect-links/")) return route;
  const [path = ""] = request.url.split("?");
  return path.replace(/^(\/connect-links\/).*/s, "$1…");
}
