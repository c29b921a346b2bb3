import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type OpenidProvider, startOpenidProvider } from "../sandbox/openid/index.ts";

const client = { clientId: "onbehalf", clientSecret: "a secret of the demo" };

/** Starts a company's own OpenID provider, for an onbehalf at that address, and describes it in a providers file. */
export async function startFileProvider(
  url: string,
  folder: string,
): Promise<{ openid: OpenidProvider; environment: Record<string, string> }> {
  const redirectUris = [`${url}/connect/acme/callback`];
  const openid = await startOpenidProvider({ shape: "generic", clients: [{ ...client, redirectUris }] });
  const file = join(folder, "providers.yaml");
  await writeFile(
    file,
    `acme:
  kind: oidc
  name: Acme ID
  icon: organization
  issuer: ${openid.issuer}
  client_id_env: ACME_CLIENT_ID
  client_secret_env: ACME_CLIENT_SECRET
  scopes: [openid, profile, email, offline_access, "notes:read", "notes:write"]
  required_scopes: ["notes:read"]
  sign_in: true
  api: {hosts: ["${openid.issuer}"]}
`,
    { mode: 0o600 },
  );
  return {
    openid,
    environment: {
      PROVIDERS_FILE: file,
      ACME_CLIENT_ID: client.clientId,
      ACME_CLIENT_SECRET: client.clientSecret,
    },
  };
}
