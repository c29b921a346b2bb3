import { createAppAuth } from "@octokit/auth-app";
import { request } from "@octokit/request";
import { boundedFetch } from "../providers/outgoing.ts";

/** Makes the app's own short-lived JWT. */
export type AppToken = () => Promise<string>;

/** The app's JWT, signed with its private key; used to ask GitHub where the app is installed. */
export function createAppToken(
  deps: { fetch: typeof globalThis.fetch },
  options: { appId: number; privateKey: string; apiUrl: string },
): AppToken {
  const auth = createAppAuth({
    appId: options.appId,
    privateKey: options.privateKey,
    request: request.defaults({ baseUrl: options.apiUrl, request: { fetch: boundedFetch(deps.fetch) } }),
  });
  return async () => (await auth({ type: "app" })).token;
}
