import { readFile } from "node:fs/promises";
import { BlockList, isIP } from "node:net";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { z } from "zod";
import { isHosted } from "../../config/addresses.ts";
import { isLoopback } from "../../config/loopback.ts";
import { readSignInPolicy } from "../../config/sign-in-policy.ts";
import type { SetupChoices } from "./setup-choices.ts";

const manifestShape = z.looseObject({
  url: z.url(),
  hook_attributes: z.object({ url: z.url(), active: z.boolean() }),
  callback_urls: z.array(z.url()).max(10),
  setup_url: z.url(),
  public: z.boolean(),
  default_permissions: z.record(z.string(), z.string()),
  default_events: z.array(z.string()),
});

/** What `app.yml` says of our GitHub App, with addresses of a made-up host. */
export type AppManifest = z.infer<typeof manifestShape>;

/**
 * How GitHub's deliveries reach us: at our own address, through the channel of `WEBHOOK_PROXY_URL`, or not at all,
 * since GitHub can't reach the address.
 */
export type WebhookWay = "direct" | "proxy" | "off";

/** Reads `app.yml`. */
export async function readAppManifest(): Promise<AppManifest> {
  const path = fileURLToPath(new URL("../../../app.yml", import.meta.url));
  return manifestShape.parse(parse(await readFile(path, "utf8")));
}

/**
 * The manifest that GitHub is given: `app.yml` with this deployment's name and addresses.
 * @param options.redirectOrigin where set-up itself is served
 */
export function appManifest(
  source: AppManifest,
  choices: SetupChoices,
  options: { webhookProxyUrl: string | null; redirectOrigin: string },
): AppManifest & { name: string; redirect_url: string } {
  const at = (address: string) => {
    const { pathname } = new URL(address);
    return pathname === "/" ? choices.publicUrl : `${choices.publicUrl}${pathname}`;
  };
  const way = webhookWay(choices, options);
  const hook = source.hook_attributes;
  // GitHub refuses a webhook address that it can't reach, perhaps also of a webhook that is off. The made-up one of
  // app.yml is no such address, and nothing is ever sent there.
  const hooks = { direct: at(hook.url), proxy: options.webhookProxyUrl ?? "", off: hook.url };
  const permissions = { ...source.default_permissions };
  // Without it GitHub does not tell whether a person is a member.
  if (readSignInPolicy(choices.signIn)?.kind === "org") permissions.members = "read";
  return {
    ...source,
    name: choices.name,
    url: at(source.url),
    hook_attributes: { url: hooks[way], active: way !== "off" },
    redirect_url: `${options.redirectOrigin}/setup/callback`,
    callback_urls: source.callback_urls.map(at),
    setup_url: at(source.setup_url),
    default_permissions: permissions,
  };
}

/** Which way deliveries will take. */
export function webhookWay(
  choices: Pick<SetupChoices, "publicUrl" | "github">,
  options: { webhookProxyUrl: string | null },
): WebhookWay {
  if (options.webhookProxyUrl) return "proxy";
  const { hostname } = new URL(choices.publicUrl);
  const github = choices.github.webUrl;
  if (isLoopback(hostname)) return isLoopback(new URL(github).hostname) ? "direct" : "off";
  return isPrivate(hostname) && isHosted(github) ? "off" : "direct";
}

/** Where the browser posts the manifest: only the account that owns an app can register it. */
export function registrationUrl(choices: SetupChoices, state: string): string {
  const owner = choices.organization === null ? "" : `/organizations/${choices.organization}`;
  return `${choices.github.webUrl}${owner}/settings/apps/new?state=${encodeURIComponent(state)}`;
}

const privateNetworks = new BlockList();
for (const [network, prefix] of [
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const) {
  privateNetworks.addSubnet(network, prefix, "ipv4");
}
privateNetworks.addSubnet("fc00::", 7, "ipv6");
privateNetworks.addSubnet("fe80::", 10, "ipv6");

/** Whether a host is certainly not on the internet: a private address, or a name that no public server resolves. */
function isPrivate(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, "");
  const family = isIP(bare);
  if (family > 0) return privateNetworks.check(bare, family === 6 ? "ipv6" : "ipv4");
  return !bare.includes(".") || /\.(localhost|local|internal|lan|home\.arpa|test)$/.test(bare);
}
