import { Problem } from "../../errors.ts";

/** Which field of a delegation, a ceiling or an offer a refusal is about, so that a form can show it there. */
export class DelegationFault extends Problem {
  readonly field: "bot" | "provider" | "repositories" | "capability" | "branches" | "until";
  constructor(field: DelegationFault["field"], detail: string) {
    super("bad_request", detail);
    this.field = field;
  }
}
