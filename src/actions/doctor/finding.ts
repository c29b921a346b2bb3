export type Status = "ok" | "warning" | "failure";

/** What one check found: a sentence, and how to repair it. */
export interface Finding {
  status: Status;
  says: string;
  repair?: string;
}

/** A finding with what later checks build on; without a value they are skipped. */
export interface Outcome<Value> extends Finding {
  value?: Value;
}

export function ok(says: string): Finding {
  return { status: "ok", says };
}

export function warning(says: string, repair?: string): Finding {
  return { status: "warning", says, ...(repair ? { repair } : {}) };
}

export function failure(says: string, repair?: string): Finding {
  return { status: "failure", says, ...(repair ? { repair } : {}) };
}
