import { sign } from "node:crypto";
import type { Sandbox } from "../../sandbox/index.ts";
import { call } from "./call.ts";

/** The app's JWT, as `@octokit/auth-app` makes it. */
export function appJwt(sandbox: Sandbox): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (content: object) => Buffer.from(JSON.stringify(content)).toString("base64url");
  const claims = { iat: now - 30, exp: now + 540, iss: sandbox.app.id };
  const text = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}`;
  return `${text}.${sign("RSA-SHA256", Buffer.from(text), sandbox.app.privateKey).toString("base64url")}`;
}

/** A token of the app's installation on an owner. */
export async function installationToken(sandbox: Sandbox, owner: string, limits: object = {}): Promise<string> {
  const token = appJwt(sandbox);
  const all = (await call(sandbox, "GET", "/app/installations", { token })).body;
  const found = all.find((one: { account: { login: string } }) => one.account.login === owner);
  const made = await call(sandbox, "POST", `/app/installations/${found.id}/access_tokens`, { token, body: limits });
  return made.body.token;
}
