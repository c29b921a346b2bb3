export type FaultType =
  | "NOT_FOUND"
  | "FORBIDDEN"
  | "STALE_DATA"
  | "UNPROCESSABLE"
  | "BRANCH_PROTECTION_RULE_VIOLATION"
  | "INVALID_BASE64"
  | "ARGUMENT_ERROR";

/** An error with the `type` that GitHub's GraphQL gives it. */
export class GraphqlFault extends Error {
  readonly type: FaultType;
  constructor(type: FaultType, message: string) {
    super(message);
    this.type = type;
  }
}
