import type { Providers } from "../../providers/index.ts";
import type { Credential } from "../../store/credential.ts";
import { noreplyAddress, personName } from "../commits/person-name.ts";
import { type AuthoriseDeps, authorise, requireUsable } from "./authorise.ts";

/**
 * What `git commit` should be given as a person's name and e-mail address: GitHub's noreply address, which survives
 * renames and gives no private address away. For bots that may commit, and for those that push commits of their own.
 * @param request.user null: the pass's person
 */
export async function gitIdentity(
  deps: AuthoriseDeps & { providers: Providers; userTokensEnabled: boolean },
  request: { credential: Credential; user: string | null },
): Promise<{ name: string; email: string }> {
  const { identity, account } = await authorise(deps, {
    ...request,
    provider: "github",
    capabilities: [],
    oneOf: ["commit", "push"],
    target: null,
  });
  requireUsable(deps, account, "github");
  if (!identity) throw new Error("a live account has an identity");
  return { name: personName(identity), email: noreplyAddress(identity) };
}
