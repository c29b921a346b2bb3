import { createReadStream } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import { staticFiles } from "../../views/stylesheets.ts";

const types: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Exactly the files that pages name; no folder is served, so there is no path to escape from. */
export function staticRoutes(scope: FastifyInstance): void {
  for (const { path, file } of staticFiles) {
    const name = fileURLToPath(file);
    scope.get(path, async (_request, reply) =>
      reply
        .type(types[extname(name)] ?? "application/octet-stream")
        .header("cache-control", "public, max-age=3600")
        .send(createReadStream(name)),
    );
  }
}
