import { Problem, type ProblemCode } from "../../errors.ts";
import type { AppInstallation, AppPermissions } from "../../github/app-installation.ts";
import { type GithubClient, GraphqlRefusal } from "../../github/client.ts";
import { readAccess } from "../../github/read-access.ts";
import type { RepositoryName } from "../../github/read-branch.ts";
import { actWithToken } from "../accounts/act-with-token.ts";
import { noteSingleSignOn } from "../accounts/note-single-sign-on.ts";
import type { TokenDeps } from "../accounts/refreshing.ts";
import { type Authorised, requireUsable } from "../delegations/authorise.ts";
import type { WriteQueue } from "./write-queue.ts";

/** Whose name an action carries; `user-or-app`: the app's where the person's token can't be used. */
export type WantedAttribution = "user" | "app" | "user-or-app";
export type Attribution = "user" | "app";

export interface ActingDeps extends TokenDeps {
  client: GithubClient;
  /** The App of the provider at which the bot acts. */
  app: AppInstallation;
  githubUrl: string;
  writes: WriteQueue;
  userTokensEnabled: boolean;
}

/** What was done, under whose name, and why it was not the person's where it should have been. */
export interface Acted<Result> {
  result: Result;
  attribution: Attribution;
  fallbackReason?: ProblemCode;
}

/** Reasons that lie in the person's token. Everything else would be refused to the app for the same reason. */
const fallbackReasons: readonly ProblemCode[] = [
  "user_tokens_disabled",
  "not_connected",
  "account_revoked",
  "account_suspect",
  "provider_rejected",
  "sso_required",
];

/**
 * Does something at GitHub under the name that was asked for. The app's identity is used only when asked for, and only
 * where the person themselves may write: a bot gets no further through the app than through the person.
 * @param act told whose name it carries; called once more, with another token or under the other name, when it throws
 *   for a reason above
 */
export async function actAs<Result>(
  deps: ActingDeps,
  authorised: Authorised,
  errand: { wanted: WantedAttribution; repository: RepositoryName; permissions: AppPermissions },
  act: (token: string, attribution: Attribution, fallbackReason?: ProblemCode) => Promise<Result>,
): Promise<Acted<Result>> {
  const asUser = async (): Promise<Acted<Result>> => {
    const account = requireUsable(deps, authorised.account, authorised.provider);
    const { owner } = errand.repository;
    const result = await deps.writes(account.userId, () =>
      actWithToken(deps, account, (token) =>
        noteSingleSignOn(deps, account, { token, owner }, () => act(token, "user")),
      ),
    );
    return { result, attribution: "user" };
  };
  if (errand.wanted === "user") return asUser();
  if (errand.wanted === "app") return asApp(deps, authorised, errand, act);
  try {
    return await asUser();
  } catch (error) {
    if (!(error instanceof Problem) || !isFallbackReason(error)) throw error;
    return asApp(deps, authorised, errand, act, error.code);
  }
}

/** What GitHub has against the action itself is no reason to try it under another name. */
function isFallbackReason({ code, cause }: Problem): boolean {
  return fallbackReasons.includes(code) && !(code === "provider_rejected" && cause instanceof GraphqlRefusal);
}

async function asApp<Result>(
  deps: ActingDeps,
  authorised: Authorised,
  errand: { repository: RepositoryName; permissions: AppPermissions },
  act: (token: string, attribution: Attribution, fallbackReason?: ProblemCode) => Promise<Result>,
  fallbackReason?: ProblemCode,
): Promise<Acted<Result>> {
  const { repository, permissions } = errand;
  const name = `${repository.owner}/${repository.name}`;
  const { identity } = authorised;
  if (!identity) {
    throw new Problem("not_connected", "The person has never been seen at GitHub, so nobody knows what they may do.", {
      actionUrl: `${deps.publicUrl}/accounts`,
    });
  }
  const result = await deps.writes(`app ${name.toLowerCase()}`, async () => {
    // What the person can't see, the bot learns nothing about: not even what the app may do there.
    const reading = await deps.app.token(repository, { metadata: "read" });
    const access = await readAccess(deps, reading, { repository, providerUid: identity.providerUid });
    if (access === "none") throw await deps.app.hidden(repository);
    if (access === "read") {
      throw new Problem("no_write_access", `The person has no write access to ${name}: an owner can give it.`);
    }
    const token = await deps.app.token(repository, { metadata: "read", ...permissions });
    return act(token, "app", fallbackReason);
  });
  return { result, attribution: "app", ...(fallbackReason ? { fallbackReason } : {}) };
}
