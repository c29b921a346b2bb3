import type { Database } from "../store/database.ts";
import { authorise } from "./authorise.ts";

/**
 * What `git commit` should be given as a person's name and e-mail address: GitHub's noreply address, which survives
 * renames and gives no private address away.
 */
export async function gitIdentity(
  deps: { database: Database; publicUrl: string; userTokensEnabled: boolean },
  request: { keyHash: Buffer; user: string },
): Promise<{ name: string; email: string }> {
  const { identity } = await authorise(deps, { ...request, provider: "github", capability: "commit", target: null });
  return {
    name: identity.displayName?.trim() || identity.login,
    email: `${identity.providerUid}+${identity.login}@users.noreply.github.com`,
  };
}
