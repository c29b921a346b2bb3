import type { AuditSinkConfig } from "../../config/audit-sink.ts";
import { appendLines } from "./append-lines.ts";
import { postLines } from "./post-lines.ts";

/** Where audit events go. @throws SinkFailure: it does not have them, or nobody knows */
export type Sink = (lines: string) => Promise<void>;

/** Opens nothing yet. */
export function createSink(deps: { fetch: typeof globalThis.fetch }, config: AuditSinkConfig): Sink {
  return "file" in config
    ? (lines) => appendLines(config.file, lines)
    : (lines) => postLines(deps, { ...config, lines });
}
