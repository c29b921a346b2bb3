import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { type OpenidProvider, startOpenidProvider } from "../../../sandbox/openid/index.ts";
import { duringFile } from "../../harness/during-file.ts";
import { type Stack, startStack } from "../../harness/stack.ts";
import { describeProvider } from "./describe-provider.ts";
import { githubSubject } from "./github-subject.ts";
import { openidSubject } from "./openid-subject.ts";

const { openid, stack } = useFileProviders();

describeProvider("GitHub", () => githubSubject(stack()));

const rotation = {
  set(on: boolean) {
    openid().switches.rotation = on;
  },
};
const switched = { refusableScope: "notes:write", rotation };
describeProvider("an entry of kind oidc", () =>
  openidSubject(stack(), openid(), { ...switched, provider: "acme", clientId: "one" }),
);
describeProvider("an entry of kind oauth2", () =>
  openidSubject(stack(), openid(), { ...switched, provider: "notes", clientId: "two" }),
);

/** One stack for all of them, with a file that describes an OpenID provider of our own in both ways. */
function useFileProviders(): { openid(): OpenidProvider; stack(): Stack } {
  const started = duringFile(
    async () => {
      // oidc-provider warns of what it is told on purpose.
      for (const level of ["warn", "info"] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
      const client = { clientSecret: "a secret + more", redirectUris: [] };
      const clients = ["one", "two"].map((clientId) => ({ ...client, clientId, redirectUris: ["http://127.0.0.1/"] }));
      const openid = await startOpenidProvider({ shape: "generic", clients });
      const folder = await mkdtemp(join(tmpdir(), "onbehalf-providers-"));
      const file = join(folder, "providers.yaml");
      await writeFile(file, entries(openid.issuer));
      const environment = { PROVIDERS_FILE: file, ONE: "one", TWO: "two", SECRET: client.clientSecret };
      const stack = await startStack({ environment });
      openid.setRedirectUris("one", [`${stack.url}/connect/acme/callback`]);
      openid.setRedirectUris("two", [`${stack.url}/connect/notes/callback`]);
      return { openid, stack, folder };
    },
    async ({ openid, stack, folder }) => {
      await stack.stop();
      await openid.close();
      await rm(folder, { recursive: true });
      vi.restoreAllMocks();
    },
  );
  return { openid: () => started.openid, stack: () => started.stack };
}

function entries(issuer: string): string {
  return `acme:
  kind: oidc
  name: Acme
  issuer: ${issuer}
  client_id_env: ONE
  client_secret_env: SECRET
  scopes: [openid, email, profile, "notes:read", "notes:write"]
  required_scopes: ["notes:write"]
notes:
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
  scopes: [openid, email, profile, "notes:read", "notes:write"]
  required_scopes: ["notes:write"]
`;
}
