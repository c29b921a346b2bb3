import { generateKeyPairSync, randomBytes, randomInt } from "node:crypto";
import { randomText } from "../oauth/random-text.ts";
import type { Registration } from "../registration/registrations.ts";
import type { World } from "./world.ts";

/** As PEM: what an app signs its JWT with, and what GitHub checks it with. */
export interface AppKeys {
  publicKey: string;
  privateKey: string;
}

export function newAppKeys(): AppKeys {
  return generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
}

/** Makes a registered app the sandbox's app. The one before it is gone, with its tokens and installations. */
export function registerApp(world: World, { name, owner, manifest }: Registration): void {
  const keys = newAppKeys();
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  Object.assign(world.app, {
    id: 1_300_000 + randomInt(600_000),
    slug,
    name,
    clientId: `Iv23li${randomText(14)}`,
    clientSecret: randomBytes(20).toString("hex"),
    privateKey: keys.privateKey,
    webhookSecret: randomBytes(20).toString("hex"),
  });
  world.appPublicKey = keys.publicKey;
  world.appPermissions = manifest.permissions;
  world.appEvents = manifest.default_events;
  Object.assign(world.bot, { id: 190_000_000 + randomInt(9_000_000), login: `${slug}[bot]` });
  world.registration = {
    registered: true,
    owner,
    public: manifest.public,
    setupUrl: manifest.setup_url ?? null,
  };
  world.callbackUrls = [...manifest.callback_urls];
  world.userTokens.endAll();
  for (const installation of [...world.installations.list()]) world.installations.remove(installation);
  const hook = manifest.hook_attributes;
  world.webhooks.setUrl(hook?.active ? hook.url : null);
}

/** Whether an account may install and authorize the app: a private one is for its owner alone. */
export function mayUseApp(world: World, account: { id: number }): boolean {
  const { registered, owner, public: open } = world.registration;
  if (!registered) return false;
  if (open || !owner || owner.id === account.id) return true;
  return world.people.organization(owner.login)?.members.has(account.id) ?? false;
}

/** Whether the app may be installed on an account: membership of an organisation is not enough there. */
export function mayInstallOn(world: World, account: { id: number }): boolean {
  const { registered, owner, public: open } = world.registration;
  return registered && (open || !owner || owner.id === account.id);
}
