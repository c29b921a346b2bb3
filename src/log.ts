import { type DestinationStream, type Logger, pino } from "pino";
import { redact } from "./redact.ts";

export type Log = Logger;

export function isLogLevel(level: string): boolean {
  return level === "silent" || level in pino.levels.values;
}

/**
 * The logger: JSON lines, each redacted as a whole after it was serialised, so that no field, message or stack trace
 * can carry a token out.
 * @param destination where lines go; standard output unless told
 */
export function createLog(options: { level: string }, destination?: DestinationStream): Log {
  const settings = { level: options.level, base: undefined, hooks: { streamWrite: redact } };
  return destination ? pino(settings, destination) : pino(settings);
}
