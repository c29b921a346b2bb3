import type { FastifyInstance } from "fastify";

/** `/meta`: clients ask it to learn that they talk to a GitHub Enterprise Server. */
export function routeMeta(server: FastifyInstance): void {
  server.get("/meta", async () => ({ verifiable_password_authentication: false, installed_version: "3.18.0" }));
}
