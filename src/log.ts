import { type DestinationStream, type Logger, pino, stdSerializers } from "pino";
import { redact } from "./redact.ts";
import type { RequestIds } from "./request-ids.ts";

export type Log = Logger;

export function isLogLevel(level: string): boolean {
  return level === "silent" || level in pino.levels.values;
}

/**
 * The logger: JSON lines, each redacted as a whole after it was serialised, so that no field, message or stack trace
 * can carry a token out.
 * @param destination where lines go; standard output unless told
 * @param requestIds where given, each line says for which request it was written
 */
export function createLog(
  options: { level: string },
  destination?: DestinationStream,
  requestIds?: Pick<RequestIds, "current">,
): Log {
  const settings = {
    level: options.level,
    base: undefined,
    serializers: { err: describeError },
    hooks: { streamWrite: redact },
    mixin: () => {
      const reqId = requestIds?.current();
      return reqId === undefined ? {} : { reqId };
    },
  };
  return destination ? pino(settings, destination) : pino(settings);
}

/**
 * An error for the log, without the webhook that Probot hangs on whatever a handler throws: it names people.
 * https://github.com/octokit/webhooks.js/blob/main/src/event-handler/receive.ts
 */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const described: Record<string, unknown> = { ...stdSerializers.err(error) };
  delete described.event;
  if (error instanceof AggregateError) described.aggregateErrors = error.errors.map(describeError);
  return described;
}
