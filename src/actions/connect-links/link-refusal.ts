/** Why a connect link can't be used, or not in this browser. Each has a page that says what to do. */
export type LinkRefusalReason =
  | "link_unknown"
  | "link_expired"
  | "link_used"
  | "link_other_user"
  | "link_other_browser"
  | "sign_in_first";

/** A step of a connect link that was refused: nothing was changed. */
export class LinkRefusal extends Error {
  readonly reason: LinkRefusalReason;
  /** Whom the link is for, as the platform or onbehalf calls them. */
  readonly who: string | undefined;

  constructor(reason: LinkRefusalReason, who?: string) {
    super(`refused: ${reason}`);
    this.name = "LinkRefusal";
    this.reason = reason;
    this.who = who;
  }
}
