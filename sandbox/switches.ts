/**
 * What nobody could confirm about GitHub (the [?] of our facts), and modes of a GitHub that a deployment may meet.
 * Each can be turned both ways, so that code can be shown to be safe either way.
 */
export interface Switches {
  /** [?] The eleventh token of a person for the app evicts the oldest one. */
  evictOldestToken: boolean;
  /** [?] `DELETE /applications/{client_id}/token` also kills the refresh token that came with it. */
  deletingTokenKillsRefreshToken: boolean;
  /** [?] Deleting a grant through the API sends `github_app_authorization` as the person's settings page does. */
  webhookOnApiGrantDeletion: boolean;
  /** [?] A write through REST by a person without push access answers 404 (true) or 403 (false). */
  writeWithoutAccessIsNotFound: boolean;
  /** [?] Commits of the contents API made with a user token are committed and signed by GitHub. */
  contentsCommitsSigned: boolean;
  /** [?] A wrong `code_verifier` uses the code up. */
  wrongVerifierConsumesCode: boolean;
  /** [?] A manifest whose hook URL is on loopback is refused, also where the hook is switched off. */
  refuseLoopbackHooks: boolean;
  /** [?] A foreign `redirect_uri` at the exchange is told before a wrong code. */
  redirectUriCheckedFirst: boolean;
  /** [?] A scoped token expires and dies with the token that it was made from; else it lives 8 hours of its own. */
  scopedTokenEndsWithParent: boolean;
  /** [?] Scoped tokens count towards the ten of a person. */
  scopedTokensCount: boolean;
  /** [?] A commit that changes nothing is made all the same. */
  emptyCommits: boolean;
  /** [?] A person's membership of an organisation is shown to an app without the members permission. */
  membershipsShown: boolean;
  /** Mode: GitHub's clock is that far ahead of ours, in seconds: in `Date` headers and for the app's JWT. */
  clockAheadSeconds: number;
  /** Mode: the app has not opted out of expiring tokens. */
  expiringTokens: boolean;
  /** Mode: PKCE is known (github.com); GitHub Enterprise Server ignores it. */
  pkce: boolean;
  /** Mode: protected branches are protected by rulesets instead of classic branch protection. */
  rulesets: boolean;
  /** Mode: the app is suspended; authorizing answers `application_suspended`. */
  applicationSuspended: boolean;
  /** Mode: characters after `ghu_`: both 36 and 40 have been seen. */
  accessTokenLength: number;
  /** Mode: organisations whose SAML single sign-on the people's tokens have not passed. */
  samlOrganizations: string[];
  /** Mode: organisations of which answers to a person leave something out, as before their single sign-on. */
  leftOutOrganizations: string[];
  /** Mode: after that many bad credentials in a row good ones get 403 until `faults.clear()`; 0: never. */
  badCredentialsLockout: number;
}

export const defaultSwitches: Switches = {
  evictOldestToken: true,
  deletingTokenKillsRefreshToken: true,
  webhookOnApiGrantDeletion: true,
  writeWithoutAccessIsNotFound: true,
  contentsCommitsSigned: true,
  wrongVerifierConsumesCode: true,
  refuseLoopbackHooks: false,
  redirectUriCheckedFirst: false,
  scopedTokenEndsWithParent: true,
  scopedTokensCount: false,
  emptyCommits: true,
  membershipsShown: true,
  clockAheadSeconds: 0,
  expiringTokens: true,
  pkce: true,
  rulesets: false,
  applicationSuspended: false,
  accessTokenLength: 36,
  samlOrganizations: [],
  leftOutOrganizations: [],
  badCredentialsLockout: 0,
};
