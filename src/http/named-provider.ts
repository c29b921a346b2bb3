import type { FastifyRequest } from "fastify";
import { type GithubProvider, githubProviders, isGithubProvider } from "../config/github-app.ts";
import { Problem } from "../errors.ts";

/**
 * At which of GitHub's Apps a client of GitHub's acts: `X-Onbehalf-Provider` says it with a bot's key, where those are
 * taken. A pass needs no such header, and beside one it can only repeat what the pass says.
 * @throws Problem `bad_request`
 */
export function providerOf({ headers }: FastifyRequest): GithubProvider | undefined {
  const named = headers["x-onbehalf-provider"];
  if (named === undefined) return undefined;
  if (typeof named === "string" && isGithubProvider(named)) return named;
  throw new Problem("bad_request", `X-Onbehalf-Provider is one of ${githubProviders.join(" and ")} here.`);
}
