/** What nobody could confirm about amoCRM (the [?] of our facts), and what its documentation says both ways. */
export interface AmocrmSwitches {
  /** [?] What an account's former host answers after its subdomain has changed. */
  formerHostStatus: 401 | 404;
  /** [?] A spent refresh token works until the pair that it was exchanged for is first used. */
  spentRefreshWorksUntilNewUsed: boolean;
  /** Mode: how many requests it takes of an integration in any second. */
  requestsPerSecond: number;
  /** Mode: so many answers of 429 block the address: 403 for everything. */
  blockAfter: number;
}

export const defaultAmocrmSwitches: AmocrmSwitches = {
  formerHostStatus: 401,
  spentRefreshWorksUntilNewUsed: false,
  requestsPerSecond: 7,
  blockAfter: 50,
};
