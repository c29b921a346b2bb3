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
import type { SandboxApp, World } from "./world.ts";

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
    /** Without an app these are keys that nobody has ever seen. */
    appKeys: AppKeys;
    /** Those of a second app; null: there is none. */
    secondAppKeys: AppKeys | null;
  },
): Promise<World> {
  const switches = { ...defaultSwitches, ...options.switches };
  const shared = {
    apps: [],
    addresses: options.addresses,
    registrations: new Registrations(),
    switches,
    people: new People(),
    repositories: new Repositories(),
    signingKey: new SigningKey(),
    dataDir: options.dataDir,
    badCredentials: 0,
  };
  const named = { slug: seed.app?.slug ?? "onbehalf", name: seed.app?.name ?? "onbehalf" };
  const about = { seed, registered: options.app };
  const first = { id: 1_204_817, clientId: "Iv23liSandboxOnbehalf", ...named };
  const world = addApp(shared, { ...about, app: first, botId: 187_304_551, keys: options.appKeys });
  for (const person of seed.people) world.people.add(person);
  for (const organization of seed.organizations) world.people.addOrganization(organization);
  for (const { fullName, ...rest } of seed.repositories) await addRepository(world, fullName, rest);
  if (options.secondAppKeys) {
    const second = {
      id: 1_204_993,
      clientId: "Iv23liSandboxLite",
      slug: `${named.slug}-lite`,
      name: `${named.name} lite`,
    };
    addApp(shared, { ...about, app: second, botId: 187_304_779, keys: options.secondAppKeys });
  }
  for (const one of world.apps) {
    for (const [owner, selection] of Object.entries(options.app ? seed.installations : {}))
      changeInstallation(one, owner, selection);
  }
  return world;
}

type Shared = Pick<
  World,
  | "apps"
  | "addresses"
  | "registrations"
  | "switches"
  | "people"
  | "repositories"
  | "signingKey"
  | "dataDir"
  | "badCredentials"
>;

/** An app with all that is its own. */
function addApp(
  shared: Shared,
  {
    seed,
    registered,
    keys,
    botId,
    ...told
  }: {
    seed: Seed;
    registered: boolean;
    app: Pick<SandboxApp, "id" | "slug" | "name" | "clientId">;
    botId: number;
    keys: AppKeys;
  },
): World {
  const app = {
    ...told.app,
    clientSecret: randomBytes(20).toString("hex"),
    privateKey: keys.privateKey,
    webhookSecret: randomBytes(20).toString("hex"),
  };
  const world: World = {
    ...shared,
    app,
    appPublicKey: keys.publicKey,
    appPermissions: seed.app?.permissions ?? PERMISSIONS,
    appEvents: seed.app?.events ?? EVENTS,
    hook: { contentType: "json", insecureSsl: false },
    registration: { registered, owner: null, public: true, setupUrl: null },
    bot: { id: botId, login: `${app.slug}[bot]` },
    callbackUrls: [],
    installations: new Installations(61_204_001 + shared.apps.length * 1_000_000),
    userTokens: new UserTokens(shared.switches),
    installationTokens: new InstallationTokens(app),
    codes: new Codes(),
    webhooks: new Webhooks(app),
  };
  shared.apps.push(world);
  return world;
}
