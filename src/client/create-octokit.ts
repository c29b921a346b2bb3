import { Octokit } from "@octokit/core";
import { paginateRest } from "@octokit/plugin-paginate-rest";
import { restEndpointMethods } from "@octokit/plugin-rest-endpoint-methods";

const RestOctokit = Octokit.plugin(paginateRest, restEndpointMethods);

/** Octokit as GitHub's own clients have it, pointed at onbehalf as at a GitHub Enterprise Server. */
export function createOctokit(options: {
  baseUrl: string;
  token: string;
  fetch: typeof globalThis.fetch;
  user: string;
}): InstanceType<typeof RestOctokit> {
  const { baseUrl, token, fetch, user } = options;
  const octokit = new RestOctokit({ auth: token, baseUrl, request: { fetch } });
  octokit.hook.before("request", (request) => {
    request.headers["x-on-behalf-of"] = user;
  });
  return octokit;
}
