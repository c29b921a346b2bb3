import { revokeAuthorization } from "./oauth/revoke-authorization.ts";
import type { AppControls } from "./sandbox.ts";
import { changeApp, changeInstallationState } from "./world/change-app.ts";
import { changeInstallation } from "./world/change-installation.ts";
import type { World } from "./world/world.ts";

/** What can be done with one of a sandbox's apps. */
export function appControls(world: World): AppControls {
  return {
    app: world.app,
    deliveries: world.webhooks.deliveries,
    setCallbackUrls: (urls) => {
      if (urls.length > 10) throw new Error("GitHub takes at most 10 callback URLs");
      world.callbackUrls = [...urls];
    },
    setWebhookUrl: (url) => world.webhooks.setUrl(url),
    payload: (delivery) => world.webhooks.payload(delivery),
    deliver: (event, payload, how) => world.webhooks.deliver(event, payload, how),
    revokeGrant: async (login, how = {}) => {
      await revokeAuthorization(world, world.people.get(login).id, { deliver: how.deliver ?? true });
    },
    expireAccessToken: (login) => world.userTokens.expireAccess(world.people.get(login).id),
    setInstallation: (owner, installation) => changeInstallation(world, owner, installation),
    updateApp: (change) => changeApp(world, change),
    updateInstallation: (owner, change) => changeInstallationState(world, owner, change),
    grants: () =>
      world.userTokens
        .grants()
        .map(({ personId, tokens }) => ({ login: world.people.byId(personId)?.login ?? "ghost", tokens })),
  };
}
