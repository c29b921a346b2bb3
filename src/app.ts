import type { ApplicationFunction } from "probot";
import { checkAuthorization } from "./actions/accounts/check-authorization.ts";
import type { TokenDeps } from "./actions/accounts/refreshing.ts";
import { answerWhoami, type CommentDeps } from "./actions/comments/answer-whoami.ts";
import { recordInstallation } from "./actions/deliveries/record-installation.ts";
import { noteForced } from "./actions/git/note-forced.ts";
import { syncOnPush } from "./actions/repositories/sync-on-push.ts";
import type { GithubProvider } from "./config/github-app.ts";

/**
 * The Probot function: what each event of a GitHub App's means to us. A delivery may be handled more than once, so
 * handlers are idempotent by its id; and where two Apps are installed, both are told of what happens there.
 */
export function createApp(deps: TokenDeps & CommentDeps, id: GithubProvider): ApplicationFunction {
  return (app) => {
    app.on("github_app_authorization.revoked", async ({ payload }) => {
      const provider = deps.providers.get(id);
      if (!provider) return;
      const ended = await checkAuthorization(deps, { provider, providerUid: String(payload.sender.id) });
      deps.log.info({ ended, provider: id }, "GitHub reported an ended authorisation");
    });
    app.on("push", ({ payload }) => noteForced(deps, payload));
    app.on("push", ({ payload }) => syncOnPush(deps, { provider: id, payload }));
    app.on("issue_comment.created", ({ payload }) => answerWhoami(deps, id, payload));
    app.on(["installation", "installation_repositories"], ({ id: deliveryId, name, payload }) =>
      recordInstallation(deps, { provider: id, deliveryId, name, payload }),
    );
  };
}
