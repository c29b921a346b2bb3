// What we use of packages that only `npm run bench` installs: the type check must not need them.

declare module "octokit-plugin-create-pull-request" {
  export function composeCreatePullRequest(
    octokit: object,
    options: {
      owner: string;
      repo: string;
      title: string;
      body: string;
      base: string;
      head: string;
      changes: { files: Record<string, string>; commit: string };
    },
  ): Promise<unknown>;
}

declare module "@fastify/http-proxy" {
  import type { FastifyPluginAsync } from "fastify";

  const httpProxy: FastifyPluginAsync<{ upstream: string; prefix: string; rewritePrefix: string }>;
  export default httpProxy;
}

declare module "@changesets/ghcommit" {
  export function commitChanges(options: {
    octokit: object;
    owner: string;
    repo: string;
    branch: string;
    base: { branch: string } | { commit: string };
    message: { headline: string; body?: string };
    /** Contents in base64. */
    fileChanges: { additions: { path: string; contents: string }[] };
  }): Promise<unknown>;
}

declare module "better-auth" {
  import type { Pool } from "pg";

  export interface BetterAuthOptions {
    database: Pool;
    baseURL: string;
    secret: string;
    account: { encryptOAuthTokens: boolean };
    socialProviders: { github: { clientId: string; clientSecret: string } };
    telemetry: { enabled: boolean };
    logger: { disabled: boolean };
  }

  export function betterAuth(options: BetterAuthOptions): {
    $context: Promise<{
      secretConfig: unknown;
      internalAdapter: {
        createUser(user: object): Promise<{ id: string }>;
        createAccount(account: object): Promise<{ id: string }>;
      };
    }>;
    api: {
      getAccessToken(request: { body: { userId: string; accountId: string } }): Promise<{ accessToken: string }>;
    };
  };
}

declare module "better-auth/crypto" {
  export function symmetricEncrypt(secret: { key: unknown; data: string }): Promise<string>;
}

declare module "better-auth/db/migration" {
  import type { BetterAuthOptions } from "better-auth";

  export function getMigrations(options: BetterAuthOptions): Promise<{ runMigrations(): Promise<void> }>;
}
