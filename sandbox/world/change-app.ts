import { announceInstallation } from "../webhooks/installation-payload.ts";
import type { AppPermissions } from "./installations.ts";
import type { World } from "./world.ts";

export interface AppChange {
  permissions?: AppPermissions;
  events?: string[];
  hook?: Partial<World["hook"]>;
}

export interface InstallationChange {
  suspended?: boolean;
  /** The owner accepts what the app asks for now. */
  acceptPermissions?: boolean;
}

/** Changes the app's settings. What it asks for less is gone everywhere at once, what it asks for more is not granted. */
export function changeApp(world: World, change: AppChange): void {
  world.appPermissions = change.permissions ?? world.appPermissions;
  world.appEvents = change.events ?? world.appEvents;
  Object.assign(world.hook, change.hook ?? {});
  for (const installation of world.installations.list()) {
    installation.permissions = narrowed(installation.permissions, world.appPermissions);
  }
}

/** What an owner does with an installation, beyond choosing repositories. */
export function changeInstallationState(world: World, owner: string, change: InstallationChange): void {
  const installation = world.installations.on(owner);
  if (!installation) throw new Error(`the app is not installed on ${owner}`);
  const announce = (action: "suspend" | "unsuspend" | "new_permissions_accepted") =>
    announceInstallation(world, installation, action, []);
  if (change.acceptPermissions) {
    installation.permissions = { ...world.appPermissions };
    installation.events = [...world.appEvents];
    announce("new_permissions_accepted");
  }
  if (change.suspended === undefined || change.suspended === (installation.suspendedAt !== null)) return;
  installation.suspendedAt = change.suspended ? Date.now() : null;
  announce(change.suspended ? "suspend" : "unsuspend");
}

function narrowed(granted: AppPermissions, asked: AppPermissions): AppPermissions {
  const kept = Object.entries(granted).flatMap(([name, level]): [string, "read" | "write"][] => {
    const wanted = asked[name];
    return wanted ? [[name, wanted === "read" ? "read" : level]] : [];
  });
  return Object.fromEntries(kept);
}
