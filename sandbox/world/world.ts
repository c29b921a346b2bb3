import type { InstallationTokens } from "../app-auth/installation-tokens.ts";
import type { SigningKey } from "../git/signing-key.ts";
import type { Codes } from "../oauth/codes.ts";
import type { UserTokens } from "../oauth/user-tokens.ts";
import type { Registrations } from "../registration/registrations.ts";
import type { Switches } from "../switches.ts";
import type { Webhooks } from "../webhooks/webhooks.ts";
import type { Account } from "./accounts.ts";
import type { AppPermissions, Installations } from "./installations.ts";
import type { People } from "./people.ts";
import type { Repositories } from "./repositories.ts";

export interface SandboxApp {
  id: number;
  slug: string;
  name: string;
  clientId: string;
  clientSecret: string;
  /** PEM, generated at start. */
  privateKey: string;
  webhookSecret: string;
}

/** Whose the app is. */
export interface AppRegistration {
  /** False: nobody has registered an app yet. */
  registered: boolean;
  /** Null: an app from the seed, which everybody may use. */
  owner: Account | null;
  /** False: only the owning account may install and authorize it. */
  public: boolean;
  /** Where the browser goes after an installation. */
  setupUrl: string | null;
}

/**
 * Everything that one sandbox knows, as one of its apps has it; the first argument of most functions. People,
 * repositories and commits are the same for each app; grants, tokens, installations and deliveries are each app's own.
 */
export interface World {
  /** This world and those of the other apps, in the order in which they came. */
  readonly apps: World[];
  readonly addresses: { web: string; api: string; graphql: string; apiPath: "" | "/api/v3" };
  readonly app: SandboxApp;
  appPublicKey: string;
  /** What the app asks for now; each installation has what was accepted there. */
  appPermissions: AppPermissions;
  appEvents: string[];
  /** How deliveries are sent, as the app's settings have it. */
  readonly hook: { contentType: "json" | "form"; insecureSsl: boolean };
  registration: AppRegistration;
  /** Apps whose keys nobody has fetched yet. */
  readonly registrations: Registrations;
  /** The app's bot user: not the app's id. */
  readonly bot: { id: number; login: string };
  callbackUrls: string[];
  readonly switches: Switches;
  readonly people: People;
  readonly repositories: Repositories;
  readonly installations: Installations;
  readonly userTokens: UserTokens;
  readonly installationTokens: InstallationTokens;
  readonly codes: Codes;
  readonly webhooks: Webhooks;
  readonly signingKey: SigningKey;
  readonly dataDir: string;
  /** Bad credentials in a row, for the lockout mode. */
  badCredentials: number;
}
