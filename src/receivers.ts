import { Probot } from "probot";
import type { TokenDeps } from "./actions/accounts/refreshing.ts";
import type { CommentDeps } from "./actions/comments/answer-whoami.ts";
import type { Delivery } from "./actions/deliveries/handle-deliveries.ts";
import { createApp } from "./app.ts";
import { appVariable, type GithubConfig, type GithubProvider } from "./config/github-app.ts";
import type { Log } from "./log.ts";

/** Takes the deliveries of one GitHub App: each is signed with its own secret. */
export interface Receiver {
  provider: GithubProvider;
  /** The variable that holds the secret. */
  secretVariable: string;
  /** Whether a payload carries GitHub's signature for this App. */
  verifySignature(payload: string, signature: string): Promise<boolean>;
  /** Hands a delivery to the handlers of its event; throws what one of them threw. */
  handle(delivery: Omit<Delivery, "provider">): Promise<void>;
}

/** A Probot for each App. */
export async function createReceivers(
  deps: { log: Log; fetch: typeof globalThis.fetch },
  services: TokenDeps & CommentDeps,
  apps: readonly GithubConfig[],
): Promise<Receiver[]> {
  return Promise.all(apps.map((app) => createReceiver(deps, services, app)));
}

async function createReceiver(
  deps: { log: Log; fetch: typeof globalThis.fetch },
  services: TokenDeps & CommentDeps,
  app: GithubConfig,
): Promise<Receiver> {
  const probot = new Probot({
    appId: app.appId,
    privateKey: app.privateKey,
    secret: app.webhookSecret,
    baseUrl: app.apiUrl,
    // What a handler throws is handed on: whoever handles a delivery logs it, once.
    log: deps.log.child({}, { level: "fatal" }),
    request: { fetch: deps.fetch },
  });
  await probot.ready();
  await probot.load(createApp(services, app.provider));
  return {
    provider: app.provider,
    secretVariable: appVariable(app.provider, "WEBHOOK_SECRET"),
    verifySignature: (payload, signature) => probot.webhooks.verify(payload, signature),
    // Probot takes events of any name in its signed form alone.
    handle: async ({ deliveryId: id, event: name, payload }) =>
      probot.webhooks.verifyAndReceive({ id, name, payload, signature: await probot.webhooks.sign(payload) }),
  };
}
