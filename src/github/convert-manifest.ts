import { request as octokitRequest } from "@octokit/request";
import { RequestError } from "@octokit/request-error";
import { z } from "zod";
import { ProviderFailure } from "../providers/failure.ts";
import { boundedFetch } from "../providers/outgoing.ts";

/** Nothing that could end a line of an environment file, or begin another variable. */
const plain = z.string().regex(/^[\x21-\x7e]{1,1000}$/);

const conversion = z.object({
  id: z.number().int().positive(),
  slug: plain,
  name: z.string(),
  client_id: plain,
  client_secret: plain,
  /** GitHub makes none for an app without a webhook. */
  webhook_secret: plain.nullish(),
  pem: z.string().regex(/^-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*-----END [A-Z ]*PRIVATE KEY-----\s*$/),
  owner: z.object({ id: z.number().int().positive(), login: plain, type: z.string().optional() }),
});

/** A GitHub App that was just registered, with its secrets: GitHub tells them this once. */
export type Conversion = z.infer<typeof conversion>;

/**
 * Exchanges the code of a manifest registration for the app's secrets. It works once, within an hour, and needs no
 * authentication. https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
 * @throws ProviderFailure `refused`: GitHub knows no such code (any more); `unreachable`: the code may still be good
 */
export async function convertManifest(
  deps: { fetch: typeof globalThis.fetch },
  request: { apiUrl: string; code: string },
): Promise<Conversion> {
  const api = octokitRequest.defaults({ baseUrl: request.apiUrl, request: { fetch: boundedFetch(deps.fetch) } });
  const { status, data } = await api("POST /app-manifests/{code}/conversions", { code: request.code }).catch(
    (error) => {
      throw failure(error);
    },
  );
  const parsed = conversion.safeParse(data);
  // No cause: zod's error can quote the input, which holds secrets.
  if (status !== 201 || !parsed.success)
    throw new ProviderFailure("garbled", "GitHub's answer is not that of a new app");
  return parsed.data;
}

function failure(error: unknown): ProviderFailure {
  if (!(error instanceof RequestError))
    return new ProviderFailure("garbled", "GitHub's answer could not be understood");
  if (error.cause instanceof ProviderFailure) return error.cause;
  const options = { providerCode: String(error.status), cause: error };
  if (error.status === 404 || error.status === 422) {
    return new ProviderFailure("refused", "GitHub does not know the code", options);
  }
  if (error.status === 403 || error.status === 429) {
    return new ProviderFailure("throttled", "GitHub's rate limit is reached", options);
  }
  return new ProviderFailure("unreachable", `GitHub answered ${error.status}`, options);
}
