import type { scopeToken } from "@octokit/oauth-methods";
import { z } from "zod";
import { ProviderFailure } from "./failure.ts";
import { ourCredentials, understood } from "./github-failure.ts";

/** What a narrower token may reach. All repositories belong to one owner (facts/github.md, 4). */
export interface Narrowing {
  owner: string;
  repositoryIds: number[];
  /** Permissions of the app's installation there, and no more than those. */
  permissions: Record<string, "read" | "write">;
}

const answer = z.object({ token: z.string().min(1), expires_at: z.string().nullish() });

/**
 * Has GitHub make a narrower token from a person's.
 * @param send the request with the app's own credentials
 * @returns null: GitHub says 404 or 422, since the token is dead, or since it can't
 */
export async function narrow(
  send: () => ReturnType<typeof scopeToken>,
): Promise<{ accessToken: string; expiresIn: number | null } | null> {
  try {
    const { data } = await understood(send);
    const parsed = answer.safeParse(data);
    if (!parsed.success) throw new ProviderFailure("garbled", "GitHub's answer lacks what it must have");
    const ends = Date.parse(parsed.data.expires_at ?? "");
    const expiresIn = Number.isNaN(ends) ? null : Math.max(0, (ends - Date.now()) / 1000);
    return { accessToken: parsed.data.token, expiresIn };
  } catch (error) {
    if (error instanceof ProviderFailure && ["404", "422"].includes(error.providerCode ?? "")) return null;
    throw ourCredentials(error);
  }
}
