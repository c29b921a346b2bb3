/** An answer of GitHub's REST API that is not the wished one. */
export class RestError extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly details: object;

  constructor(status: number, message: string, options: { headers?: Record<string, string>; details?: object } = {}) {
    super(message);
    this.status = status;
    this.headers = options.headers ?? {};
    this.details = options.details ?? {};
  }

  /** The sentence that says why, which GitHub puts among the details. */
  reason(): string {
    const { errors } = { errors: [], ...this.details };
    const [first]: unknown[] = Array.isArray(errors) ? errors : [];
    const words = typeof first === "object" && first !== null && "message" in first ? first.message : null;
    return typeof words === "string" ? words : this.message;
  }

  /** The body as GitHub writes it. */
  body(): object {
    return {
      message: this.message,
      ...this.details,
      documentation_url: "https://docs.github.com/rest",
      status: String(this.status),
    };
  }
}

export const notFound = () => new RestError(404, "Not Found");
export const notAccessible = () => new RestError(403, "Resource not accessible by integration");

/** 422 with GitHub's usual words. */
export function unprocessable(message: string, errors?: object[]): RestError {
  return new RestError(422, message, errors ? { details: { errors } } : {});
}
