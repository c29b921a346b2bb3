import { request as octokitRequest } from "@octokit/request";
import { RequestError } from "@octokit/request-error";
import { z } from "zod";
import { ProviderFailure } from "../providers/failure.ts";
import { boundedFetch } from "../providers/outgoing.ts";

const person = z.object({ id: z.number().int().positive(), login: z.string(), type: z.literal("User") });

/**
 * The numeric id of a person's login, asked without credentials.
 * @returns null when there is no such person
 * @throws ProviderFailure, also where GitHub tells nothing to strangers
 */
export async function findPerson(
  deps: { fetch: typeof globalThis.fetch },
  request: { apiUrl: string; login: string },
): Promise<number | null> {
  const api = octokitRequest.defaults({ baseUrl: request.apiUrl, request: { fetch: boundedFetch(deps.fetch) } });
  try {
    const { data } = await api("GET /users/{username}", { username: request.login });
    return person.safeParse(data).data?.id ?? null;
  } catch (error) {
    if (error instanceof RequestError && error.status === 404) return null;
    if (error instanceof RequestError && error.cause instanceof ProviderFailure) throw error.cause;
    throw new ProviderFailure("unreachable", "GitHub did not tell who has that login", { cause: error });
  }
}
