import { createAppAuth } from "@octokit/auth-app";
import { request } from "@octokit/request";
import { RequestError } from "@octokit/request-error";
import { z } from "zod";
import { ProviderFailure } from "../providers/failure.ts";
import { boundedFetch } from "../providers/outgoing.ts";
import type { GithubClient } from "./client.ts";
import type { RepositoryName } from "./read-branch.ts";

/** What the app may do in one repository, for one errand. */
export type AppPermissions = Partial<Record<"contents" | "pull_requests" | "workflows" | "metadata", "read" | "write">>;

/** The app acting under its own name. */
export interface AppInstallation {
  /** The app's own JWT. */
  jwt(): Promise<string>;
  /**
   * A token of the installation that covers a repository, for that repository and those permissions alone.
   * @returns null: the app is not installed there
   */
  token(repository: RepositoryName, permissions: AppPermissions): Promise<string | null>;
  /**
   * The app's bot user: the id of the user, not of the app, stands in its noreply address.
   * @param token any that may read users; the app's JWT may not
   */
  bot(token: string): Promise<{ id: number; login: string }>;
}

const installationAnswer = z.object({ id: z.number().int() });
const appAnswer = z.object({ slug: z.string() });
const userAnswer = z.object({ id: z.number().int(), login: z.string() });

/** Octokit's app authentication, which keeps an installation's token for as long as it lives. */
export function createAppInstallation(
  deps: { fetch: typeof globalThis.fetch; client: GithubClient },
  options: { appId: number; privateKey: string; apiUrl: string },
): AppInstallation {
  const auth = createAppAuth({
    appId: options.appId,
    privateKey: options.privateKey,
    request: request.defaults({ baseUrl: options.apiUrl, request: { fetch: boundedFetch(deps.fetch) } }),
  });
  const jwt = async () => (await auth({ type: "app" })).token;
  let known: Promise<{ id: number; login: string }> | undefined;

  return {
    jwt,
    async token(repository, permissions) {
      const { owner, name } = repository;
      const found = await deps.client.rest(await jwt(), "GET /repos/{owner}/{repo}/installation", {
        owner,
        repo: name,
      });
      const installation = installationAnswer.safeParse(found.data);
      if (found.status !== 200 || !installation.success) return null;
      const made = await understood(() =>
        auth({ type: "installation", installationId: installation.data.id, repositoryNames: [name], permissions }),
      );
      return made.token;
    },
    bot(token) {
      known ??= readBot(deps, jwt, token).catch((error) => {
        known = undefined;
        throw error;
      });
      return known;
    },
  };
}

async function readBot(deps: { client: GithubClient }, jwt: () => Promise<string>, token: string) {
  const app = appAnswer.safeParse((await deps.client.rest(await jwt(), "GET /app")).data);
  if (!app.success) throw new ProviderFailure("garbled", "GitHub's answer about the app could not be understood");
  const login = `${app.data.slug}[bot]`;
  const user = userAnswer.safeParse((await deps.client.rest(token, "GET /users/{login}", { login })).data);
  if (!user.success) throw new ProviderFailure("garbled", "GitHub's answer about the app's bot can't be understood");
  return user.data;
}

async function understood<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RequestError && error.cause instanceof ProviderFailure) throw error.cause;
    if (error instanceof RequestError && error.status >= 500) {
      throw new ProviderFailure("unreachable", `GitHub answered ${error.status}`, { cause: error });
    }
    if (error instanceof RequestError) {
      throw new ProviderFailure("ours", `GitHub gave the app no token: it answered ${error.status}`, { cause: error });
    }
    throw error;
  }
}
