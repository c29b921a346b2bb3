import { randomBytes } from "node:crypto";
import type { Environment } from "../../config/environment.ts";
import { generateMasterKey } from "../../crypto/keyring.ts";
import { convertManifest } from "../../github/convert-manifest.ts";
import type { SetupChoices } from "./setup-choices.ts";

/** A GitHub App of our own, with everything that onbehalf needs to run with it. */
export interface CreatedApp {
  name: string;
  owner: { id: number; login: string; isOrganization: boolean };
  /** Where its owner installs it. */
  installUrl: string;
  /** Everything but `ADMIN_USERS`. */
  environment: Environment;
}

/**
 * Fetches the keys of the app that the person has just created at GitHub, and makes what else a start needs.
 * @throws ProviderFailure `refused`: the code is of no use any more; anything else may work when tried again
 */
export async function createGithubApp(
  deps: { fetch: typeof globalThis.fetch },
  request: {
    code: string;
    choices: SetupChoices;
    webhookProxyUrl: string | null;
    /** They are in the environment: no copy is made. */
    hasEncryptionKeys: boolean;
  },
): Promise<CreatedApp> {
  const { choices } = request;
  const { webUrl, apiUrl } = choices.github;
  const app = await convertManifest(deps, { apiUrl, code: request.code });
  return {
    name: app.name,
    owner: { id: app.owner.id, login: app.owner.login, isOrganization: app.owner.type === "Organization" },
    installUrl: `${webUrl}/apps/${app.slug}/installations/new`,
    environment: {
      PUBLIC_URL: choices.publicUrl,
      GITHUB_URL: webUrl,
      GITHUB_API_URL: apiUrl,
      APP_ID: String(app.id),
      GITHUB_CLIENT_ID: app.client_id,
      GITHUB_CLIENT_SECRET: app.client_secret,
      // An app without a webhook has no secret; one that nobody knows keeps deliveries out.
      WEBHOOK_SECRET: app.webhook_secret ?? randomBytes(32).toString("hex"),
      // On one line, which every reader of such files takes.
      PRIVATE_KEY: Buffer.from(app.pem).toString("base64"),
      ...(request.hasEncryptionKeys ? {} : { ENCRYPTION_KEYS: generateMasterKey() }),
      SIGN_IN: choices.signIn,
      ...(request.webhookProxyUrl && { WEBHOOK_PROXY_URL: request.webhookProxyUrl }),
    },
  };
}
