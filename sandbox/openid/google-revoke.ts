import type { ServerResponse } from "node:http";
import { sendJson } from "./send-json.ts";
import { type OpenidWorld, sameProject } from "./world.ts";

/** `/revoke`: asks for no client; either token ends everything that the person gave to the client's project. */
export function answerGoogleRevoke(world: OpenidWorld, response: ServerResponse, token: string): void {
  const found = world.store.findToken(token);
  if (!found) {
    sendJson(response, 400, { error: "invalid_token", error_description: "Token expired or revoked" });
    return;
  }
  world.store.revoke(found.accountId ?? "", sameProject(world, found.clientId ?? ""));
  sendJson(response, 200, {});
}
