import type { InstallationToken } from "../app-auth/installation-tokens.ts";
import { jwtRefusal } from "../app-auth/jwt.ts";
import type { UserToken } from "../oauth/user-tokens.ts";
import { githubNow } from "../world/clock.ts";
import type { KnownPerson } from "../world/people.ts";
import type { World } from "../world/world.ts";

export type Caller =
  | { kind: "anonymous" }
  | { kind: "bad"; message: string }
  | { kind: "app" }
  | { kind: "installation"; token: InstallationToken }
  | { kind: "user"; person: KnownPerson; token: UserToken };

/** A caller who may get answers from the API. */
export type Actor = Exclude<Caller, { kind: "bad" } | { kind: "app" }>;

/** Who sends a request, by its Authorization header: `Bearer`, `token` (Octokit) or Basic (git). */
export function readCaller(world: World, authorization: string | undefined): Caller {
  const secret = readSecret(authorization);
  if (secret === null) return { kind: "anonymous" };
  if (!secret.startsWith("gh") && secret.split(".").length === 3) {
    const issuers = [String(world.app.id), world.app.clientId];
    const message = jwtRefusal(secret, { publicKey: world.appPublicKey, issuers }, githubNow(world) / 1000);
    return message ? { kind: "bad", message } : { kind: "app" };
  }
  const userToken = world.userTokens.byAccess(secret);
  const person = userToken && world.people.byId(userToken.personId);
  if (userToken && person) return { kind: "user", person, token: userToken };
  const installationToken = world.installationTokens.find(secret);
  if (installationToken && world.installations.byId(installationToken.installationId)) {
    return { kind: "installation", token: installationToken };
  }
  return { kind: "bad", message: "Bad credentials" };
}

/** The two halves of a Basic header. */
export function readBasic(authorization: string | undefined): { user: string; password: string } | null {
  const found = /^basic\s+(\S+)$/i.exec(authorization ?? "");
  if (!found?.[1]) return null;
  const [user = "", ...rest] = Buffer.from(found[1], "base64").toString().split(":");
  return { user, password: rest.join(":") };
}

function readSecret(authorization: string | undefined) {
  if (!authorization) return null;
  const basic = readBasic(authorization);
  // git also takes the token as the user name, with no password or `x-oauth-basic`.
  if (basic) return basic.password === "" || basic.password === "x-oauth-basic" ? basic.user : basic.password;
  return /^(?:bearer|token)\s+(\S+)$/i.exec(authorization)?.[1] ?? "";
}
