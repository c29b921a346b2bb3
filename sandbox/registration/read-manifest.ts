import { z } from "zod";
import { ALWAYS_SENT, EVENT_NEEDS, isPermission } from "./known-permissions.ts";

const LONGEST_NAME = 34;
const MOST_CALLBACKS = 10;

const manifestShape = z.object({
  name: z.string().optional(),
  url: z.string({ error: '"url" wasn\'t supplied.' }),
  description: z.string().optional(),
  hook_attributes: z
    .object({ url: z.string({ error: 'Hook "url" wasn\'t supplied.' }), active: z.boolean().default(true) })
    .optional(),
  redirect_url: z.string().optional(),
  callback_urls: z.array(z.string()).default([]),
  setup_url: z.string().optional(),
  public: z.boolean().default(false),
  default_events: z.array(z.string()).default([]),
  default_permissions: z.record(z.string(), z.string()).default({}),
});

export interface Manifest extends z.infer<typeof manifestShape> {
  permissions: Record<string, "read" | "write">;
}

/**
 * Reads a manifest as strictly as GitHub does.
 * @returns what is wrong with it, in sentences, or the manifest
 */
export function readManifest(
  text: string,
  options: { refuseLoopbackHooks: boolean },
): { manifest: Manifest } | { faults: string[] } {
  const parsed = manifestShape.safeParse(json(text));
  if (!parsed.success) return { faults: parsed.error.issues.map(({ message }) => message) };
  const manifest = parsed.data;
  const { permissions, faults } = readPermissions(manifest.default_permissions);
  faults.push(...eventFaults(manifest.default_events, permissions), ...addressFaults(manifest));
  const { hook_attributes: hook } = manifest;
  if (options.refuseLoopbackHooks && hook && isLoopback(hook.url)) {
    faults.push(`Hook url is not supported because it isn't reachable over the public Internet (${hostOf(hook.url)})`);
  }
  return faults.length > 0 ? { faults } : { manifest: { ...manifest, permissions } };
}

/** What is wrong with an app's name, or null. */
export function nameFault(name: string, taken: string | null): string | null {
  if (!/[a-z0-9]/i.test(name)) return "Name can't be blank";
  if (name.length > LONGEST_NAME) return `Name is too long (maximum is ${LONGEST_NAME} characters)`;
  return name.toLowerCase() === taken?.toLowerCase() ? "Name is already taken" : null;
}

function readPermissions(asked: Record<string, string>) {
  const permissions: Record<string, "read" | "write"> = { metadata: "read" };
  const faults: string[] = [];
  for (const [name, level] of Object.entries(asked)) {
    if (!isPermission(name)) faults.push(`Default permission records resource is not included in the list (${name})`);
    else if (level !== "read" && level !== "write") faults.push(`Default permission ${name} can't be "${level}"`);
    else permissions[name] = level;
  }
  return { permissions, faults };
}

function eventFaults(events: string[], permissions: Record<string, string>): string[] {
  return events.flatMap((event) => {
    const needs = EVENT_NEEDS.get(event);
    if (ALWAYS_SENT.includes(event) || needs === undefined) return [`Default events unsupported: ${event}`];
    return needs === null || permissions[needs] ? [] : [`Default events are not supported by permissions: ${event}`];
  });
}

function addressFaults(manifest: z.infer<typeof manifestShape>): string[] {
  const { url, hook_attributes, redirect_url, setup_url, callback_urls } = manifest;
  const addresses: [string, string | undefined][] = [
    ["Url", url],
    ["Hook url", hook_attributes?.url],
    ["Redirect url", redirect_url],
    ["Setup url", setup_url],
    ...callback_urls.map((address): [string, string] => ["Callback url", address]),
  ];
  const faults = addresses.flatMap(([what, address]) =>
    address === undefined || isWeb(address) ? [] : [`${what} must be a valid URL`],
  );
  if (callback_urls.length > MOST_CALLBACKS) faults.push(`Callback urls: at most ${MOST_CALLBACKS} are allowed`);
  return faults;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isWeb(address: string): boolean {
  return ["http:", "https:"].includes(URL.parse(address)?.protocol ?? "");
}

function hostOf(address: string): string {
  return URL.parse(address)?.hostname ?? "";
}

function isLoopback(address: string): boolean {
  return /^(localhost|127\..*|\[::1\])$/.test(hostOf(address));
}
