import { createAppAuth } from "@octokit/auth-app";
import { request } from "@octokit/request";
import { RequestError } from "@octokit/request-error";
import { z } from "zod";
import { Problem } from "../errors.ts";
import { ProviderFailure } from "../providers/failure.ts";
import { boundedFetch } from "../providers/outgoing.ts";
import { rateLimitSeconds } from "../providers/rate-limit.ts";
import { type GithubClient, headerOf } from "./client.ts";
import { notCovered, suspended } from "./not-covered.ts";
import type { RepositoryName } from "./read-branch.ts";

/** What the app may do in one repository, for one errand. */
export type AppPermissions = Partial<
  Record<"contents" | "issues" | "pull_requests" | "workflows" | "metadata", "read" | "write">
>;

/** The app acting under its own name. */
export interface AppInstallation {
  /** The app's own JWT. */
  jwt(): Promise<string>;
  /**
   * A token of the installation that covers a repository, for that repository and those permissions alone.
   * @throws Problem `app_not_installed`, `repository_not_found`, `no_write_access` when its owner has not granted the app the permissions
   */
  token(repository: RepositoryName, permissions: AppPermissions): Promise<string>;
  /**
   * The same for a repository by its number: a name that is another repository's by now gets no token.
   * @throws Problem as {@link token} does
   */
  tokenByNumber(repository: RepositoryName & { number: number }, permissions: AppPermissions): Promise<string>;
  /** What the app's installation that covers a repository was given there; null: none covers it. */
  permissions(repository: RepositoryName): Promise<Record<string, "read" | "write"> | null>;
  /** What to answer about a repository that the person can't see: the same whether there is one or not. */
  hidden(repository: RepositoryName): Promise<Problem>;
  /**
   * The app's bot user: the id of the user, not of the app, stands in its noreply address.
   * @param token any that may read users; the app's JWT may not
   */
  bot(token: string): Promise<{ id: number; login: string }>;
}

const installationAnswer = z.object({
  id: z.number().int(),
  html_url: z.string(),
  permissions: z.record(z.string(), z.string()).catch({}),
});
const appAnswer = z.object({ slug: z.string() });
const userAnswer = z.object({ id: z.number().int(), login: z.string() });

/** Octokit's app authentication, which keeps an installation's token for as long as it lives. */
export function createAppInstallation(
  deps: { fetch: typeof globalThis.fetch; client: GithubClient },
  options: { appId: number; privateKey: string; apiUrl: string; webUrl: string },
): AppInstallation {
  const auth = createAppAuth({
    appId: options.appId,
    privateKey: options.privateKey,
    request: request.defaults({ baseUrl: options.apiUrl, request: { fetch: boundedFetch(deps.fetch) } }),
  });
  const jwt = async () => (await auth({ type: "app" })).token;
  let known: Promise<{ id: number; login: string }> | undefined;

  const hidden = async (repository: RepositoryName) =>
    notCovered(deps, await jwt(), { repository, webUrl: options.webUrl, seen: false });

  return {
    jwt,
    hidden,
    async token(repository, permissions) {
      const { owner, name } = repository;
      const found = await deps.client.rest(await jwt(), "GET /repos/{owner}/{repo}/installation", {
        owner,
        repo: name,
      });
      const installation = installationAnswer.safeParse(found.data);
      if (!installation.success) throw await hidden(repository);
      const { id: installationId, html_url: actionUrl } = installation.data;
      try {
        return (await auth({ type: "installation", installationId, repositoryNames: [name], permissions })).token;
      } catch (error) {
        throw refusedToken(error, repository, actionUrl);
      }
    },
    async tokenByNumber({ number, ...repository }, permissions) {
      const token = await jwt();
      const { owner, name: repo } = repository;
      const byNumber = await deps.client.rest(token, "GET /repositories/{number}/installation", { number });
      // Nobody documents the address above (facts/github.md, 6). Without it the name leads to the installation; for a
      // repository of another number that gives no token.
      const found =
        byNumber.status === 200
          ? byNumber
          : await deps.client.rest(token, "GET /repos/{owner}/{repo}/installation", { owner, repo });
      const installation = installationAnswer.safeParse(found.data);
      if (!installation.success) throw await hidden(repository);
      const { id: installationId, html_url: actionUrl } = installation.data;
      try {
        return (await auth({ type: "installation", installationId, repositoryIds: [number], permissions })).token;
      } catch (error) {
        throw refusedToken(error, repository, actionUrl);
      }
    },
    async permissions({ owner, name }) {
      const found = await deps.client.rest(await jwt(), "GET /repos/{owner}/{repo}/installation", {
        owner,
        repo: name,
      });
      const installation = installationAnswer.safeParse(found.data).data;
      if (!installation) return null;
      const levels = Object.entries(installation.permissions).flatMap(([permission, level]) =>
        level === "read" || level === "write" ? [[permission, level] as const] : [],
      );
      return Object.fromEntries(levels);
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

/** Why GitHub gave the app no token for a repository that it is installed on. */
function refusedToken(error: unknown, repository: RepositoryName, actionUrl: string): unknown {
  if (!(error instanceof RequestError)) return error;
  if (error.cause instanceof ProviderFailure) return error.cause;
  const { status, message, response } = error;
  const header = headerOf({ ...response?.headers });
  const retryAfter = rateLimitSeconds({ status, message, header, nowSeconds: Date.now() / 1000 });
  if (retryAfter !== undefined) {
    return new ProviderFailure("throttled", "GitHub's rate limit for the app is reached", { retryAfter, cause: error });
  }
  if (status === 422 && /permissions/i.test(message)) {
    const name = `${repository.owner}/${repository.name}`;
    const words = `The GitHub App lacks a permission for this on ${name}: an owner grants it at the address in action_url.`;
    return new Problem("no_write_access", words, { actionUrl, cause: error });
  }
  if (status === 403) return suspended(repository, actionUrl, error);
  // It may have gone since it was looked up.
  const kind = status >= 500 || status === 404 || status === 422 ? "unreachable" : "ours";
  return new ProviderFailure(kind, `GitHub gave the app no token: it answered ${status}`, { cause: error });
}
