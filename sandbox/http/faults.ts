export interface FaultMatch {
  method?: string;
  /** The whole path, with or without the API's prefix; or a pattern for the path. */
  path?: string | RegExp;
  /** A GraphQL operation's name or root field, or `exchange` or `refresh` at the token endpoint. */
  operation?: string;
  /** The person whose token (or refresh token, or code) the request carries. */
  login?: string;
}

/** What goes wrong with the next matching requests. */
export interface Fault {
  match: FaultMatch;
  /** How often; once by default. */
  times?: number;
  respond?: { status: number; body?: string | object; headers?: Record<string, string> };
  delayMs?: number;
  /** The work is done, the answer is lost. Not for git, whose answers are streamed. */
  dropAfterHandling?: boolean;
  /** The connection is cut and nothing is done. */
  dropBefore?: boolean;
}

export interface FaultSubject {
  method: string;
  path: string;
  operations: string[];
  login: string | null;
}

/** The faults that wait for their request. */
export class Faults {
  readonly #apiPath: string;
  readonly #onClear: () => void;
  #waiting: { fault: Fault; left: number }[] = [];

  constructor(apiPath: string, onClear: () => void) {
    this.#apiPath = apiPath;
    this.#onClear = onClear;
  }

  add(fault: Fault): void {
    this.#waiting.push({ fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#waiting = [];
    this.#onClear();
  }

  /** The first fault that fits, used up once. */
  take(subject: FaultSubject): Fault | undefined {
    const found = this.#waiting.find(({ fault }) => this.#fits(fault.match, subject));
    if (!found) return undefined;
    found.left -= 1;
    if (found.left <= 0) this.#waiting = this.#waiting.filter((waiting) => waiting !== found);
    return found.fault;
  }

  #fits({ method, path, operation, login }: FaultMatch, subject: FaultSubject) {
    if (method && method.toUpperCase() !== subject.method) return false;
    if (operation && !subject.operations.includes(operation)) return false;
    if (login && login.toLowerCase() !== subject.login?.toLowerCase()) return false;
    if (typeof path === "string") return path === subject.path || `${this.#apiPath}${path}` === subject.path;
    return !path || new RegExp(path.source, path.flags.replaceAll(/[gy]/g, "")).test(subject.path);
  }
}
