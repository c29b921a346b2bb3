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
  expiringTokens: true,
  pkce: true,
  rulesets: false,
  applicationSuspended: false,
  accessTokenLength: 36,
  samlOrganizations: [],
  badCredentialsLockout: 0,
};
