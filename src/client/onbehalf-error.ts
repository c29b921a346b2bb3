import { problemAnswer } from "./messages.ts";

/** What onbehalf refused, or that it did not answer. `message` says how to repair it; `code` never changes. */
export class OnbehalfError extends Error {
  /** 0: nothing answered. */
  readonly status: number;
  /** A problem's code; `unreadable` for an answer that is none of onbehalf's, `unreachable` where none came. */
  readonly code: string;
  /** Where a person can repair it. */
  readonly actionUrl: string | undefined;
  /** The branch's head, for `head_moved`. */
  readonly head: string | undefined;
  /** Seconds after which the same call may succeed. */
  readonly retryAfter: number | undefined;

  constructor(
    message: string,
    problem: { status: number; code: string; actionUrl?: string; head?: string; retryAfter?: number },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "OnbehalfError";
    this.status = problem.status;
    this.code = problem.code;
    this.actionUrl = problem.actionUrl;
    this.head = problem.head;
    this.retryAfter = problem.retryAfter;
  }

  /** @param error what `fetch` threw: it hides the reason in its cause */
  static unreachable(url: string, error: unknown): OnbehalfError {
    const cause = error instanceof Error ? error.cause : undefined;
    const reason = cause instanceof Error && cause.message ? ` (${cause.message})` : "";
    return new OnbehalfError(
      `No onbehalf answers at ${url}${reason}.`,
      { status: 0, code: "unreachable" },
      { cause: error },
    );
  }

  /** Reads an answer that is no success. */
  static of(response: Response, text: string): OnbehalfError {
    const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
    const retry = Number.isNaN(seconds) ? {} : { retryAfter: seconds };
    const { status } = response;
    const parsed = problemAnswer.safeParse(readJson(text));
    if (!parsed.success)
      return new OnbehalfError(`onbehalf answered ${status}.`, { status, code: "unreadable", ...retry });
    const { detail, code, action_url, head } = parsed.data;
    return new OnbehalfError(detail, {
      status,
      code,
      ...retry,
      ...(action_url === undefined ? {} : { actionUrl: action_url }),
      ...(head === undefined ? {} : { head }),
    });
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
