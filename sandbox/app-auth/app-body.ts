import type { components } from "@octokit/openapi-types";
import { nodeId } from "../graphql/node-id.ts";
import { simpleUser } from "../rest/user-body.ts";
import type { Account } from "../world/accounts.ts";
import type { World } from "../world/world.ts";

/** The app as it sees itself. */
export function appBody(world: World): components["schemas"]["integration"] & { client_id: string } {
  const { app, registration } = world;
  return {
    id: app.id,
    slug: app.slug,
    client_id: app.clientId,
    node_id: nodeId("user", `app${app.id}`),
    owner: simpleUser(world, registration.owner ?? seededOwner(world)),
    name: app.name,
    description: null,
    external_url: world.addresses.web,
    html_url: `${world.addresses.web}/apps/${app.slug}`,
    created_at: "2026-01-02T03:04:05Z",
    updated_at: "2026-01-02T03:04:05Z",
    permissions: world.appPermissions,
    events: world.appEvents,
    installations_count: world.installations.list().length,
  };
}

/** An app from the seed belongs to its first organisation. */
function seededOwner(world: World): Account {
  const organization = world.people.organizations()[0];
  if (organization) return { login: organization.login, id: organization.id, type: "Organization" };
  return { ...world.bot, type: "Bot" };
}
