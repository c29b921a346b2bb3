import type { ApplicationFunction } from "probot";
import { checkAuthorization } from "./actions/check-authorization.ts";
import type { TokenDeps } from "./actions/refreshing.ts";

/** The Probot function: what each GitHub event means to us. Handlers are idempotent. */
export function createApp(deps: TokenDeps): ApplicationFunction {
  return (app) => {
    app.on("github_app_authorization.revoked", async ({ payload }) => {
      const provider = deps.providers.get("github");
      if (!provider) return;
      const ended = await checkAuthorization(deps, { provider, providerUid: String(payload.sender.id) });
      deps.log.info({ ended }, "GitHub reported an ended authorisation");
    });
  };
}
