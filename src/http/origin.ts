import type { FastifyInstance } from "fastify";
import { Problem } from "../errors.ts";

/**
 * Refuses a form that another site sent. A browser tells where a form comes from in `Origin`; under our
 * `Referrer-Policy: no-referrer` it says `null` there, and `Sec-Fetch-Site` tells instead. What tells neither is not a
 * browser's form. https://fetch.spec.whatwg.org/#append-a-request-origin-header
 */
export function requireSameOrigin(scope: FastifyInstance, deps: { publicUrl: string }): void {
  scope.addHook("onRequest", async (request) => {
    if (request.method === "GET" || request.method === "HEAD") return;
    const { origin } = request.headers;
    const site = request.headers["sec-fetch-site"];
    const sameOrigin = origin !== undefined && origin !== "null" ? origin === deps.publicUrl : site === "same-origin";
    if (!sameOrigin || (site !== undefined && site !== "same-origin")) {
      throw new Problem(
        "forbidden_origin",
        "This form was not sent from onbehalf's own page: open the page and send it there.",
      );
    }
  });
}
