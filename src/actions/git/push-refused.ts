import { Problem } from "../../errors.ts";
import type { RefusedRefs } from "./check-push.ts";

/** A push of which one or more refs may not be changed. */
export class PushRefused extends Problem {
  readonly refs: RefusedRefs;

  constructor(refs: RefusedRefs) {
    const [first] = refs.values();
    super(first?.code ?? "pass_scope", [...refs.values()].map(({ message }) => message).join("\n"));
    this.name = "PushRefused";
    this.refs = refs;
  }
}
