export type EmbeddedErrorCode = "data_dir_in_use" | "embedded_unavailable" | "embedded_unreachable" | "embedded_failed";

/** A fault of the embedded PostgreSQL: a stable code, and a sentence that names the repair. */
export class EmbeddedError extends Error {
  readonly code: EmbeddedErrorCode;

  constructor(code: EmbeddedErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "EmbeddedError";
    this.code = code;
  }
}
