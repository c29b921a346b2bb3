import { SSO_MESSAGE, ssoUrl } from "../world/access.ts";
import type { World } from "../world/world.ts";

export type FaultType =
  | "NOT_FOUND"
  | "FORBIDDEN"
  | "STALE_DATA"
  | "UNPROCESSABLE"
  | "BRANCH_PROTECTION_RULE_VIOLATION"
  | "INVALID_BASE64"
  | "ARGUMENT_ERROR";

interface FaultDetails {
  extensions?: Record<string, unknown>;
  headers?: Record<string, string>;
}

/** An error with the `type` that GitHub's GraphQL gives it. */
export class GraphqlFault extends Error {
  readonly type: FaultType;
  /** Called `details` since graphql reads an `extensions` of its own from errors. */
  readonly details: FaultDetails;
  constructor(type: FaultType, message: string, details: FaultDetails = {}) {
    super(message);
    this.type = type;
    this.details = details;
  }
}

/** Single sign-on has yet to be passed: HTTP 200, with the address in a header as REST's 403 has it. */
export function ssoFault(world: World, owner: string): GraphqlFault {
  return new GraphqlFault("FORBIDDEN", SSO_MESSAGE, {
    extensions: { saml_failure: true },
    headers: { "x-github-sso": `required; url=${ssoUrl(world, owner)}` },
  });
}
