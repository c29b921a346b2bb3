import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { type OpenidProvider, startOpenidProvider } from "../../sandbox/openid/index.ts";
import type { Environment } from "../../src/config/read-config.ts";
import { duringFile } from "./during-file.ts";
import { type Stack, startStack } from "./stack.ts";

export interface FileProviders {
  stack: Stack;
  openid: OpenidProvider;
  /** The path of the providers file. */
  file: string;
}

/**
 * A stack with an OpenID provider of our own, which a providers file describes twice: `acme` by its issuer (client
 * `one`), and `notes` by its endpoints (client `two`).
 */
export function useFileProviders(
  options: { environment?: () => Environment; acme?: string; notes?: string; lite?: boolean } = {},
): FileProviders {
  return duringFile(
    async () => {
      // oidc-provider warns of what it is told on purpose.
      for (const level of ["warn", "info"] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
      const clientSecret = "a secret + more";
      const clients = ["one", "two"].map((clientId) => ({
        clientId,
        clientSecret,
        redirectUris: ["http://127.0.0.1/later"],
      }));
      const openid = await startOpenidProvider({ shape: "generic", clients });
      const folder = await mkdtemp(join(tmpdir(), "onbehalf-providers-"));
      const file = join(folder, "providers.yaml");
      await writeFile(file, acmeEntry(openid.issuer, options.acme) + notesEntry(openid.issuer, options.notes));
      const environment = {
        PROVIDERS_FILE: file,
        ONE: "one",
        TWO: "two",
        SECRET: clientSecret,
        ...options.environment?.(),
      };
      const stack = await startStack({ environment, lite: options.lite ?? false });
      openid.setRedirectUris("one", [`${stack.url}/connect/acme/callback`]);
      openid.setRedirectUris("two", [`${stack.url}/connect/notes/callback`]);
      return { stack, openid, file };
    },
    async ({ stack, openid, file }) => {
      await stack.stop();
      await openid.close();
      await rm(join(file, ".."), { recursive: true });
      vi.restoreAllMocks();
    },
  );
}

export function acmeEntry(issuer: string, more = ""): string {
  return `acme:
  kind: oidc
  name: Acme
  issuer: ${issuer}
  client_id_env: ONE
  client_secret_env: SECRET
  scopes: [openid, email, profile, "notes:read", "notes:write"]
  required_scopes: ["notes:write"]
  api: {hosts: ["${issuer}"]}
${more}`;
}

export function notesEntry(issuer: string, more = ""): string {
  return `notes:
  kind: oauth2
  name: Notes
  client_id_env: TWO
  client_secret_env: SECRET
  client_authentication: post
  authorize_url: ${issuer}/authorize
  token_url: ${issuer}/oauth/token
  identity_url: ${issuer}/userinfo
  identity: {uid: sub, name: name, email: email}
  revocation: {url: ${issuer}/oauth/revoke, ends: token}
  scopes: [openid, email, profile, "notes:write"]
  optional_scopes: ["notes:read"]
  required_scopes: ["notes:write"]
  api: {hosts: ["${issuer}"]}
${more}`;
}
