/** What a request to an API is about, for the audit log: a kind of thing and its ids, and nothing personal. */
export interface Touched {
  entity: string;
  /** None: it names none, or makes one whose id is in the answer. */
  ids: string[];
}

/** A request as far as it was read. */
export interface TouchingRequest {
  /** Of its path. */
  segments: readonly string[];
  /** The JSON of its body; undefined: there is none, or it was too large to be read. */
  sent?: unknown;
  /** The JSON of its answer, once there is one; undefined as above. */
  answered?: unknown;
}
