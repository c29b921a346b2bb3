import { installationBody } from "../app-auth/installation-body.ts";
import { simpleUser } from "../rest/user-body.ts";
import type { Installation } from "../world/installations.ts";
import type { Repository } from "../world/repositories.ts";
import type { World } from "../world/world.ts";
import { shortRepository } from "./repository-payload.ts";

// GitHub puts this account where the real one is gone.
const GHOST = { login: "ghost", id: 10137 };

/** Tells that the app was installed or uninstalled, suspended or given more. */
export function announceInstallation(
  world: World,
  installation: Installation,
  action: "created" | "deleted" | "suspend" | "unsuspend" | "new_permissions_accepted",
  repositories: Repository[],
): void {
  world.webhooks.send("installation", {
    action,
    installation: installationBody(world, installation),
    repositories: repositories.map(shortRepository),
    requester: null,
    sender: sender(world, installation),
  });
}

/** Tells that an installation's repositories changed. */
export function announceSelection(
  world: World,
  installation: Installation,
  changed: { added: Repository[]; removed: Repository[]; fromAll: boolean },
): void {
  const { added, removed, fromAll } = changed;
  const payload = {
    installation: installationBody(world, installation),
    repository_selection: installation.selection === "all" ? "all" : "selected",
    requester: null,
    sender: sender(world, installation),
  };
  if (added.length > 0 || installation.selection === "all") {
    const repositories_added = added.map(shortRepository);
    world.webhooks.send("installation_repositories", {
      action: "added",
      ...payload,
      repositories_added,
      repositories_removed: [],
    });
  }
  if (removed.length > 0 || fromAll) {
    // From all to selected GitHub names none: whoever listens must list again.
    const repositories_removed = fromAll ? [] : removed.map(shortRepository);
    world.webhooks.send("installation_repositories", {
      action: "removed",
      ...payload,
      repositories_added: [],
      repositories_removed,
    });
  }
}

function sender(world: World, installation: Installation) {
  const organization = world.people.organization(installation.owner);
  const admin = [...(organization?.members ?? [])].find(([, role]) => role === "admin")?.[0];
  const person = world.people.byId(admin ?? installation.ownerId);
  return person ? simpleUser(world, person) : simpleUser(world, GHOST);
}
