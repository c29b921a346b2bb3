import { Problem } from "../../errors.ts";
import type { GithubClient } from "../../github/client.ts";
import { readOrganizationLogin } from "../../github/read-organization-login.ts";
import { ssoRequired } from "../../providers/single-sign-on.ts";
import type { HeldAccount } from "../../store/accounts/held-account.ts";
import { forgetWantedSingleSignOn, noteWantedSingleSignOn } from "../../store/accounts/single-sign-on.ts";
import { inBackground, type TokenDeps } from "./refreshing.ts";

type NotingDeps = Pick<TokenDeps, "database" | "log" | "background"> & { client: GithubClient; githubUrl: string };

/** An answer may leave out more; the next one tells of the rest. */
const mostLookedUp = 10;

/**
 * Does something at GitHub with a person's token, and notes for their page which organisations want single sign-on
 * first: the owner, when it is refused for that; those of which GitHub left something out. Once it works the owner's is
 * forgotten. No note ends or fails anything.
 * @param owner of what is acted on
 * @throws Problem `sso_required`, always with an address
 */
export async function noteSingleSignOn<Result>(
  deps: NotingDeps,
  account: HeldAccount,
  place: { token: string; owner: string },
  act: () => Promise<Result>,
): Promise<Result> {
  const { token, owner } = place;
  const leftOut = new Set<string>();
  const end = deps.client.onLeftOut(token, (ids) => {
    for (const id of ids) leftOut.add(id);
  });
  try {
    const result = await act();
    if (Object.hasOwn(account.singleSignOn, owner.toLowerCase())) {
      await noted(deps, forgetWantedSingleSignOn(deps.database, account, owner));
    }
    return result;
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "sso_required") throw error;
    const url = error.actionUrl ?? organizationPage(deps, owner);
    const wanted = { organization: owner, url: withoutQuery(url), id: null };
    await noted(deps, noteWantedSingleSignOn(deps.database, account, wanted));
    throw ssoRequired(url, error.cause);
  } finally {
    end();
    const known = new Set(Object.values(account.singleSignOn).map(({ id }) => id));
    const ids = [...leftOut].filter((id) => !known.has(id)).slice(0, mostLookedUp);
    if (ids.length > 0) inBackground(deps, noted(deps, noteLeftOut(deps, account, token, ids)));
  }
}

async function noteLeftOut(deps: NotingDeps, account: HeldAccount, token: string, ids: string[]): Promise<void> {
  for (const id of ids) {
    const login = await readOrganizationLogin(deps, token, id);
    const wanted = { organization: login ?? id, url: login && organizationPage(deps, login), id };
    await noteWantedSingleSignOn(deps.database, account, wanted);
  }
}

/** What GitHub's own address leads to, too (facts/github.md, 5). */
function organizationPage({ githubUrl }: { githubUrl: string }, login: string): string {
  return `${githubUrl}/orgs/${encodeURIComponent(login)}/sso`;
}

/** The query holds a request that is good for an hour; what is stored lasts longer and has no secret in it. */
function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

async function noted({ log }: NotingDeps, note: Promise<void>): Promise<void> {
  await note.catch((error) => log.warn({ err: error }, "what an organisation's single sign-on wants was not noted"));
}
