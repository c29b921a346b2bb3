import { request as octokitRequest } from "@octokit/request";
import { RequestError } from "@octokit/request-error";
import { z } from "zod";
import { ProviderFailure } from "../providers/failure.ts";
import { boundedFetch } from "../providers/outgoing.ts";
import { rateLimitSeconds, waitSeconds } from "../providers/rate-limit.ts";
import { leftOutOrganizations, singleSignOnRequired } from "../providers/single-sign-on.ts";

/** One error of a GraphQL answer, as GitHub sends it. */
export interface GraphqlError {
  type?: string | undefined;
  message: string;
  path?: (string | number)[] | undefined;
}

/** GraphQL said no, to all of it or to a part. */
export class GraphqlRefusal extends Error {
  readonly errors: GraphqlError[];
  /** What was answered beside the errors. */
  readonly data: unknown;
  constructor(errors: GraphqlError[], data?: unknown) {
    super(errors.map((error) => error.message).join("; "));
    this.name = "GraphqlRefusal";
    this.errors = errors;
    this.data = data;
  }
}

type HeaderReader = (name: string) => string | undefined;

export interface RestAnswer {
  status: number;
  data: unknown;
  header: HeaderReader;
}

/** GitHub's API with a token given for each call: a client never keeps one. */
export interface GithubClient {
  /**
   * @param token a person's, an installation's, or the app's JWT
   * @throws GraphqlRefusal, ProviderFailure, Problem `sso_required`
   */
  graphql(token: string, query: string, variables: Record<string, unknown>): Promise<unknown>;
  /**
   * Answers 301, 403, 404, 422 and the like as statuses; what says nothing about the request itself is thrown. A
   * redirect is not followed: a repository that moved is not the one that was named.
   * @throws ProviderFailure, Problem `sso_required`
   */
  rest(token: string, route: string, parameters?: Record<string, unknown>): Promise<RestAnswer>;
  /**
   * Tells of the organisations (by number) of which answers to a token leave something out, since it has not passed
   * their single sign-on.
   * @returns ends it
   */
  onLeftOut(token: string, heard: LeftOutListener): () => void;
}

type LeftOutListener = (organizationIds: string[]) => void;

const graphqlAnswer = z.object({
  /** Missing where the whole request was refused, as by a rate limit. */
  data: z.unknown().optional(),
  errors: z
    .array(
      z.object({
        type: z.string().optional(),
        message: z.string(),
        path: z.array(z.union([z.string(), z.number()])).optional(),
      }),
    )
    .optional(),
});

const restRefusal = z.object({ message: z.string() });

/**
 * @param options.apiUrl https://api.github.com, or https://HOST/api/v3
 * @param options.webUrl where its pages are: people are sent to no other host
 */
export function createGithubClient(
  deps: { fetch: typeof globalThis.fetch },
  options: { apiUrl: string; webUrl: string },
): GithubClient {
  const api = octokitRequest.defaults({
    baseUrl: options.apiUrl,
    request: { fetch: boundedFetch(deps.fetch) },
    headers: { "x-github-api-version": "2022-11-28" },
  });
  const graphqlUrl = graphqlAddress(options.apiUrl);
  const listeners = new Map<string, Set<LeftOutListener>>();

  async function send(token: string, route: string, parameters: Record<string, unknown>): Promise<RestAnswer> {
    try {
      const scheme = isAppToken(token) ? "bearer" : "token";
      const { status, data, headers } = await api(route, {
        ...parameters,
        headers: { authorization: `${scheme} ${token}` },
      });
      const header = headerOf(headers);
      const leftOut = leftOutOrganizations(header);
      if (leftOut.length > 0) for (const heard of listeners.get(token) ?? []) heard(leftOut);
      return { status, data, header };
    } catch (error) {
      return readFailure(error, { asApp: isAppToken(token), ...options });
    }
  }

  return {
    rest: (token, route, parameters = {}) => send(token, route, parameters),

    onLeftOut(token, heard) {
      const those = listeners.get(token) ?? new Set();
      listeners.set(token, those.add(heard));
      return () => {
        those.delete(heard);
        if (those.size === 0 && listeners.get(token) === those) listeners.delete(token);
      };
    },

    async graphql(token, query, variables) {
      const { status, data, header } = await send(token, `POST ${graphqlUrl}`, { query, variables });
      // A whole request can be refused, such as that of a suspended person.
      const refused = status >= 400 ? restRefusal.safeParse(data).data : undefined;
      if (refused) throw new GraphqlRefusal([{ type: "FORBIDDEN", message: refused.message }]);
      const { errors, data: answered } = graphqlAnswer.safeParse(data).data ?? {};
      if (!errors?.length && (typeof answered !== "object" || answered === null)) {
        throw new ProviderFailure("garbled", "GitHub's GraphQL answer could not be understood");
      }
      if (!errors?.length) return answered;
      const refusal = new GraphqlRefusal(errors, answered);
      // GraphQL reports rate limits with HTTP 200 (facts/github.md, 3).
      if (errors.some((error) => error.type === "RATE_LIMITED" || /rate limit/i.test(error.message))) {
        const retryAfter = waitSeconds({ header, nowSeconds: Date.now() / 1000 });
        throw new ProviderFailure("throttled", "GitHub's rate limit is reached", { retryAfter });
      }
      const sso = singleSignOnRequired({ header, message: refusal.message }, options, refusal);
      if (sso) throw sso;
      // GitHub's words for a time-out or a fault of its own; the work may have been done.
      if (/something went wrong while executing your query/i.test(refusal.message)) {
        throw new ProviderFailure("unreachable", "GitHub failed while it executed the query", { cause: refusal });
      }
      throw refusal;
    },
  };
}

/** A GitHub Enterprise Server has GraphQL beside `/api/v3`, not below it (facts/github.md, 10). */
export function graphqlAddress(apiUrl: string): string {
  return apiUrl.endsWith("/api/v3") ? apiUrl.replace(/\/v3$/, "/graphql") : `${apiUrl}/graphql`;
}

/** The app signs in with a JWT of its own. */
function isAppToken(token: string): boolean {
  return token.startsWith("eyJ");
}

/** Reads an answer's headers. */
export function headerOf(headers: Record<string, unknown>): HeaderReader {
  return (name) => (headers[name] === undefined ? undefined : String(headers[name]));
}

function readFailure(error: unknown, { asApp, webUrl }: { asApp: boolean; webUrl: string }): RestAnswer {
  if (error instanceof ProviderFailure) throw error;
  if (!(error instanceof RequestError)) {
    throw new ProviderFailure("garbled", "GitHub's answer could not be understood", { cause: error });
  }
  if (error.cause instanceof ProviderFailure) throw error.cause;
  const { status, response } = error;
  if (!response) throw new ProviderFailure("unreachable", "GitHub did not answer", { cause: error });
  const header = headerOf(response.headers);

  // What a token may not even see is a 404 (facts/github.md, 5).
  const sso = singleSignOnRequired({ header, message: error.message }, { webUrl }, error);
  if (sso && (status === 403 || status === 404)) throw sso;
  const retryAfter = rateLimitSeconds({ status, header, message: error.message, nowSeconds: Date.now() / 1000 });
  if (retryAfter !== undefined) {
    throw new ProviderFailure("throttled", "GitHub's rate limit is reached", { retryAfter, cause: error });
  }
  if (status === 401 && asApp) {
    throw new ProviderFailure("ours", "GitHub did not accept the app's own JWT", { cause: error });
  }
  if (status === 401) throw new ProviderFailure("unauthorized", "GitHub did not accept the token", { cause: error });
  if (status >= 500) throw new ProviderFailure("unreachable", `GitHub answered ${status}`, { cause: error });
  return { status, data: response.data, header };
}
