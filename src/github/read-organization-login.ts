import { z } from "zod";
import type { GithubClient } from "./client.ts";

const answer = z.object({ login: z.string(), type: z.literal("Organization") });

/** The login of an organisation whose number is known; null: GitHub doesn't tell. */
export async function readOrganizationLogin(
  deps: { client: GithubClient },
  token: string,
  id: string,
): Promise<string | null> {
  const { data } = await deps.client.rest(token, "GET /user/{id}", { id });
  return answer.safeParse(data).data?.login ?? null;
}
