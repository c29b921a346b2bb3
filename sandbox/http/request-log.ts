export interface RecordedRequest {
  method: string;
  /** Without the query: it may carry a code. */
  path: string;
  /** 0 until answered, and for good when the connection was cut. */
  status: number;
  /** A login, `app` or `installation`. */
  as?: string;
  /** The GraphQL operation's name, else its first field; `exchange` or `refresh`. */
  operation?: string;
  /** What the client says it is. */
  agent?: string;
  /** For which of its own requests the client says that it is. */
  requestId?: string;
  at: number;
}

const MOST = 5_000;

/** Keeps the newest requests. */
export function record(log: RecordedRequest[], entry: RecordedRequest): void {
  log.push(entry);
  if (log.length > MOST) log.splice(0, log.length - MOST);
}
