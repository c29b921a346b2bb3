import { shapes } from "./shapes.ts";
import { spoilIdToken } from "./spoil-id-token.ts";
import type { OpenidWorld } from "./world.ts";

/** What oidc-provider answers at the token endpoint, changed to what the shape answers. */
export async function shapeTokenAnswer(world: OpenidWorld, answer: unknown, grantType: unknown): Promise<unknown> {
  if (typeof answer !== "object" || answer === null) return answer;
  const body: Record<string, unknown> = { ...answer };
  if (typeof body.id_token === "string") {
    const fault = world.switches.idToken;
    if (fault) body.id_token = await spoilIdToken(world.key, body.id_token, fault);
    world.store.noteIssued(String(body.id_token));
  }
  return world.shape === "google" ? asGoogle(world, body, grantType) : body;
}

function asGoogle(world: OpenidWorld, body: Record<string, unknown>, grantType: unknown): Record<string, unknown> {
  if (body.error === "invalid_grant") {
    const gone = grantType === "refresh_token" ? "Token has been expired or revoked." : "Malformed auth code.";
    return { error: "invalid_grant", error_description: gone };
  }
  if (body.error === "invalid_client") {
    return { error: "invalid_client", error_description: "The OAuth client was not found." };
  }
  if (body.error !== undefined) return { error: body.error, error_description: body.error_description };
  const { refresh_token, scope, ...rest } = body;
  const { answeredAs } = shapes.google;
  const names = String(scope ?? "").split(" ");
  const first = grantType === "authorization_code" && refresh_token !== undefined;
  const { refreshTokenExpiresIn } = world.switches;
  return {
    ...rest,
    scope: names.map((name) => answeredAs[name] ?? name).join(" "),
    ...(first ? { refresh_token } : {}),
    ...(first && refreshTokenExpiresIn !== null ? { refresh_token_expires_in: refreshTokenExpiresIn } : {}),
  };
}
