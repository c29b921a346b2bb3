import type { components } from "@octokit/openapi-types";
import { simpleUser } from "../rest/user-body.ts";
import type { Installation } from "../world/installations.ts";
import type { World } from "../world/world.ts";

/** An installation of the app. */
export function installationBody(world: World, installation: Installation): components["schemas"]["installation"] {
  const { api, web } = world.addresses;
  const created = new Date(installation.createdAt).toISOString();
  const account = { login: installation.owner, id: installation.ownerId, type: installation.ownerType };
  return {
    id: installation.id,
    account: simpleUser(world, account),
    repository_selection: installation.selection === "all" ? "all" : "selected",
    access_tokens_url: `${api}/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${api}/installation/repositories`,
    html_url: `${web}/settings/installations/${installation.id}`,
    app_id: world.app.id,
    target_id: installation.ownerId,
    target_type: installation.ownerType,
    permissions: installation.permissions,
    events: installation.events,
    created_at: created,
    updated_at: created,
    single_file_name: null,
    app_slug: world.app.slug,
    suspended_by: null,
    suspended_at: installation.suspendedAt === null ? null : new Date(installation.suspendedAt).toISOString(),
  };
}
