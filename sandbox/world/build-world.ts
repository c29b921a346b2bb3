import { randomBytes } from "node:crypto";
import { InstallationTokens } from "../app-auth/installation-tokens.ts";
import { SigningKey } from "../git/signing-key.ts";
import { Codes } from "../oauth/codes.ts";
import { UserTokens } from "../oauth/user-tokens.ts";
import { Registrations } from "../registration/registrations.ts";
import type { Seed } from "../seed.ts";
import { defaultSwitches, type Switches } from "../switches.ts";
import { Webhooks } from "../webhooks/webhooks.ts";
import { addRepository } from "./add-repository.ts";
import { changeInstallation } from "./change-installation.ts";
import { Installations } from "./installations.ts";
import { People } from "./people.ts";
import type { AppKeys } from "./register-app.ts";
import { Repositories } from "./repositories.ts";
import type { World } from "./world.ts";

const PERMISSIONS = {
  contents: "write",
  pull_requests: "write",
  issues: "write",
  workflows: "write",
  metadata: "read",
} as const;
const EVENTS = ["push", "issue_comment", "pull_request", "pull_request_review_comment"];

/** Everything that the seed says, as it is before the first request. */
export async function buildWorld(
  seed: Seed,
  options: {
    addresses: World["addresses"];
    dataDir: string;
    switches: Partial<Switches>;
    app: boolean;
    appKeys: AppKeys;
  },
): Promise<World> {
  const switches = { ...defaultSwitches, ...options.switches };
  // Without an app these are keys that nobody has ever seen.
  const keys = options.appKeys;
  const app = {
    id: 1_204_817,
    slug: seed.app?.slug ?? "onbehalf",
    name: seed.app?.name ?? "onbehalf",
    clientId: "Iv23liSandboxOnbehalf",
    clientSecret: randomBytes(20).toString("hex"),
    privateKey: keys.privateKey,
    webhookSecret: randomBytes(20).toString("hex"),
  };
  const world: World = {
    addresses: options.addresses,
    app,
    appPublicKey: keys.publicKey,
    appPermissions: seed.app?.permissions ?? PERMISSIONS,
    appEvents: seed.app?.events ?? EVENTS,
    hook: { contentType: "json", insecureSsl: false },
    registration: { registered: options.app, owner: null, public: true, setupUrl: null },
    registrations: new Registrations(),
    bot: { id: 187_304_551, login: `${app.slug}[bot]` },
    callbackUrls: [],
    switches,
    people: new People(),
    repositories: new Repositories(),
    installations: new Installations(),
    userTokens: new UserTokens(switches),
    installationTokens: new InstallationTokens(app),
    codes: new Codes(),
    webhooks: new Webhooks(app),
    signingKey: new SigningKey(),
    dataDir: options.dataDir,
    badCredentials: 0,
  };
  for (const person of seed.people) world.people.add(person);
  for (const organization of seed.organizations) world.people.addOrganization(organization);
  for (const { fullName, ...rest } of seed.repositories) await addRepository(world, fullName, rest);
  for (const [owner, selection] of Object.entries(options.app ? seed.installations : {}))
    changeInstallation(world, owner, selection);
  return world;
}
