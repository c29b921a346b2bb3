import type { FastifyInstance, FastifyRequest } from "fastify";
import { hashSecret } from "../actions/sign-in/secrets.ts";
import { Problem } from "../errors.ts";
import { type Credential, keyIsLive } from "../store/credential.ts";
import type { Database } from "../store/database.ts";

/** From here on a body is read only for a key that is known to live. */
const smallBody = 256 * 1024;

/**
 * The caller's key or pass, by its SHA-256, from `Bearer`, `token` (Octokit) or Basic with it as password (git).
 * Cookies are never read here.
 * @throws Problem `key_missing`, `key_invalid`
 */
export function credentialOf(request: FastifyRequest): Credential {
  const header = request.headers.authorization;
  if (!header) {
    throw new Problem("key_missing", "Send a bot's key or a pass: Authorization: Bearer ob_…, or obp_….");
  }
  const [, scheme = "", value = ""] = /^(\S+) +(\S+)$/.exec(header) ?? [];
  const secret = scheme.toLowerCase() === "basic" ? basicPassword(value) : value;
  const [, prefix] = /^(obp?)_[A-Za-z0-9_-]{43}$/.exec(secret) ?? [];
  if (!/^(bearer|token|basic)$/i.test(scheme) || !prefix) {
    throw new Problem("key_invalid", "The Authorization header holds no key of onbehalf: it looks like Bearer ob_….");
  }
  return { kind: prefix === "obp" ? "pass" : "key", hash: hashSecret(secret) };
}

/** Refuses callers without a key before their body is read, and large bodies before they are read for a dead key. */
export function requireKeyBeforeBody(scope: FastifyInstance, deps: { database: Database }): void {
  scope.addHook("onRequest", async (request) => {
    const credential = credentialOf(request);
    const length = Number(request.headers["content-length"] ?? Number.NaN);
    const large = length > smallBody || request.headers["transfer-encoding"] !== undefined;
    if (large && !(await keyIsLive(deps.database, credential))) {
      throw new Problem("key_invalid", "The key is unknown or was revoked. An operator makes one with `bots create`.");
    }
  });
}

function basicPassword(value: string): string {
  const text = Buffer.from(value, "base64").toString("utf8");
  return text.slice(text.indexOf(":") + 1);
}
